// Which operation of Kinesis a request means and in which form it speaks, or how it is refused before its body is
// read: the service's first three steps, in their order. The path does not matter to it.
import { failureOf } from "../api-failures.ts";
import { type HttpAnswer, type HttpRequest, headerOf } from "./http-message.ts";
import { OPERATIONS } from "../operations.ts";
import type { Wire } from "../wire/wire.ts";
import { CBOR_WIRE } from "../wire/wire-cbor.ts";
import { JSON_WIRE } from "../wire/wire-json.ts";

/** What a request turned out to be. */
export type KinesisTarget =
  | { readonly kind: "call"; readonly operation: string; readonly wire: Wire }
  | { readonly kind: "refused"; readonly answer: HttpAnswer };

const WIRES: readonly Wire[] = [JSON_WIRE, CBOR_WIRE];
const KINESIS = /^Kinesis_20131202\.(\w+)$/;
/** Names some service and some operation, whichever they are. */
const ANY_TARGET = /^[^.]+\.[^.]/;

const UNDETERMINED = `<AccessDeniedException>
  <Message>Unable to determine service/operation name to be authorized</Message>
</AccessDeniedException>
`;
const UNKNOWN = "<UnknownOperationException/>\n";

/** Finds the operation of a request. */
export function targetOf(request: HttpRequest): KinesisTarget {
  if (request.method !== "POST") return refused(403, UNDETERMINED);
  const target = headerOf(request, "x-amz-target") ?? "";
  const wire = wireOf(request);
  if (wire === undefined) {
    return ANY_TARGET.test(target) ? refused(404, UNKNOWN) : refused(403, UNDETERMINED);
  }
  const [, operation] = KINESIS.exec(target) ?? [];
  if (operation !== undefined && OPERATIONS.has(operation))
    return { kind: "call", operation, wire };
  const body = wire.encodeFailure(failureOf("UnknownOperationException", ""));
  const headers = { "content-type": wire.contentType };
  return { kind: "refused", answer: { status: 400, headers, body } };
}

function wireOf(request: HttpRequest): Wire | undefined {
  const type = headerOf(request, "content-type")?.split(";")[0]?.trim().toLowerCase();
  return WIRES.find(({ contentType }) => contentType === type);
}

function refused(status: number, body: string): KinesisTarget {
  return { kind: "refused", answer: { status, headers: {}, body: Buffer.from(body) } };
}
