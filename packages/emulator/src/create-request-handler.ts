// The emulator's HTTP without a server: what answers requests, and the request handler that hands them over.
import type { Emulator } from "./emulator.ts";
import type { Control } from "./http/control.ts";
import { HttpHandler } from "./http/http-handler.ts";
import type { HttpHandle } from "./http/http-message.ts";
import { RequestHandler } from "./http/request-handler.ts";
import { LeaseTableProxy, type RowJournal } from "./lease-table/lease-table-proxy.ts";

/**
 * Makes the `requestHandler` of clients of the AWS SDK that are to reach an emulator without a server. One serves any
 * number of clients of Kinesis and of DynamoDB; each has lease tables of its own.
 */
export function createRequestHandler(emulator: Emulator): RequestHandler {
  return requestHandlerOf(emulator, httpHandleOf(emulator));
}

/** The request handler of what answers an emulator's requests already. */
export function requestHandlerOf(emulator: Emulator, handle: HttpHandle): RequestHandler {
  const isOpen = (): boolean => !emulator.isClosed;
  return new RequestHandler({ handle, clock: emulator.settings.clock, isOpen });
}

/** Lease tables beside an emulator, under the same faults. */
export function leaseTableOf(
  { faults, caller, settings }: Emulator,
  journal?: RowJournal,
): LeaseTableProxy {
  return new LeaseTableProxy({ faults, caller, clock: settings.clock, journal });
}

/** Answers requests to an emulator and to the lease tables beside it. */
export function httpHandleOf(
  emulator: Emulator,
  leaseTable: LeaseTableProxy = leaseTableOf(emulator),
  control?: Control,
): HttpHandle {
  const { clock, random, signatures } = emulator.settings;
  const handler = new HttpHandler({ emulator, leaseTable, clock, random, signatures, control });
  return (request) => handler.handle(request);
}
