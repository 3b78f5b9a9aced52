// Requests to answers, apart from any socket: which service and operation a request means, and how its outcome
// is told. Transports stand before it; whoever wants none can call it as it is.
import { type ApiFailure, apiFailureOf, type Clock, type Random, toDate } from "@shardline/core";
import { failureOf } from "../api-failures.ts";
import { answerAdmin, isAdminRequest } from "./admin.ts";
import { answerControl, type Control } from "./control.ts";
import { callerOf } from "./credential-scope.ts";
import type { Emulator } from "../emulator.ts";
import type { EmulatorSettings } from "../emulator-options.ts";
import { foreignHostAnswer } from "./foreign-host.ts";
import { type HttpAnswer, type HttpRequest, headerOf } from "./http-message.ts";
import type { FaultPlan } from "../faults/fault-plan.ts";
import { spoilFrames } from "../faults/frame-faults.ts";
import type { LeaseTableProxy } from "../lease-table/lease-table-proxy.ts";
import { targetOf } from "./kinesis-target.ts";
import { isPageRequest, Page } from "../page/page.ts";
import { missingSignature } from "./signature-check.ts";
import { RequestIds } from "./request-ids.ts";
import type { SubscribeToShardOutput } from "../operations/subscribe-to-shard.ts";
import { EVENT_STREAM_TYPE, subscriptionMessages } from "../wire/subscription-messages.ts";
import { answerUnderFaults, isFaulty, subjectOf } from "./fault-entrance.ts";
import type { Wire } from "../wire/wire.ts";
import { JSON_WIRE } from "../wire/wire-json.ts";

/** What requests are answered with. */
interface HttpHandlerParts {
  readonly emulator: Emulator;
  readonly leaseTable: Pick<LeaseTableProxy, "handle" | "items" | "writes">;
  readonly clock: Clock;
  readonly random: Random;
  readonly signatures: EmulatorSettings["signatures"];
  /** Absent where nobody may command. */
  readonly control?: Control | undefined;
}

const INTERNAL_FAILURE = "InternalFailure";
const SUBSCRIBE = "SubscribeToShard";
const LEASE_TABLE = "DynamoDB_20120810.";

/** Answers requests of both services. */
export class HttpHandler {
  readonly #parts: HttpHandlerParts;
  readonly #ids: RequestIds;
  readonly #page: Page;

  constructor(parts: HttpHandlerParts) {
    this.#parts = parts;
    this.#ids = new RequestIds(parts.random);
    this.#page = new Page(parts.emulator, parts.leaseTable);
  }

  /** Answers one request; never rejects. */
  async handle(request: HttpRequest): Promise<HttpAnswer> {
    const answer = await this.#answer(request).catch((error) => internalFailure(error, JSON_WIRE));
    const { headers, body } = answer;
    const length = Buffer.isBuffer(body) ? { "content-length": String(body.length) } : {};
    return { ...answer, headers: { ...this.#commonHeaders(), ...headers, ...length } };
  }

  async #answer(request: HttpRequest): Promise<HttpAnswer> {
    const isHealthCheck = request.method === "GET" && request.url === "/healthcheck";
    if (isHealthCheck) return textAnswer(200, "healthy\n");
    const foreign = foreignHostAnswer(request);
    if (foreign !== undefined) return foreign;
    if (isPageRequest(request)) return this.#page.answer(request);
    if (isAdminRequest(request)) {
      const { emulator, control } = this.#parts;
      return (await answerControl(request, control)) ?? answerAdmin(request, emulator.faults);
    }
    const target = headerOf(request, "x-amz-target") ?? "";
    if (target.startsWith(LEASE_TABLE)) return this.#parts.leaseTable.handle(request);
    const kinesis = await targetOf(request);
    if (kinesis.kind === "refused") return kinesis.answer;
    const { operation, wire } = kinesis;
    return this.#answerCall(operation, request, wire).catch((error: unknown) =>
      internalFailure(error, wire),
    );
  }

  async #answerCall(operation: string, request: HttpRequest, wire: Wire): Promise<HttpAnswer> {
    const input = wire.decode(request.body);
    const mustBeSigned = input !== undefined && this.#parts.signatures === "present";
    const unsigned = mustBeSigned ? missingSignature(request) : undefined;
    if (unsigned !== undefined) return failureAnswer(wire, unsigned);
    const { emulator } = this.#parts;
    const caller = callerOf(headerOf(request, "authorization"), emulator.caller);
    // Most requests are answered before anybody could give up on them.
    const signal = operation === SUBSCRIBE ? request.signal : undefined;
    if (!isFaulty(request, emulator.faults)) {
      return answerWith(wire, operation, input, () =>
        emulator.call(operation, input, caller, signal),
      );
    }
    const subject = subjectOf(request, { service: "kinesis", operation, input, caller }, emulator);
    return answerUnderFaults(request, subject, {
      ...this.#parts,
      faults: emulator.faults,
      answerFailure: (failure) => failureAnswer(wire, failure),
      serve: (plan) =>
        answerWith(wire, operation, input, () => emulator.callUnder(plan, subject, signal), plan),
    });
  }

  /** Clients compare `date` with their own clock, so it is that of the emulator. */
  #commonHeaders(): Readonly<Record<string, string>> {
    const { clock } = this.#parts;
    return {
      date: toDate(clock.wallTimeMs()).toUTCString(),
      ...this.#ids.next(),
    };
  }
}

/** Tells the outcome of a call, or that its body could not be read. */
async function answerWith(
  wire: Wire,
  operation: string,
  input: unknown,
  call: () => unknown,
  plan?: FaultPlan,
): Promise<HttpAnswer> {
  if (input === undefined) {
    const reason = `The body is not ${wire.contentType}.`;
    return failureAnswer(wire, failureOf("SerializationException", reason));
  }
  try {
    const output = await call();
    if (operation === SUBSCRIBE) {
      return subscriptionAnswer(wire, output as SubscribeToShardOutput, plan?.frames);
    }
    return wireAnswer(wire, 200, wire.encode(operation, output));
  } catch (error) {
    const failure = apiFailureOf(error);
    if (failure === undefined) throw error;
    return failureAnswer(wire, failure);
  }
}

function subscriptionAnswer(
  wire: Wire,
  { EventStream }: SubscribeToShardOutput,
  faults: FaultPlan["frames"] = [],
): HttpAnswer {
  const body = spoilFrames(subscriptionMessages(EventStream, wire), faults);
  return { status: 200, headers: { "content-type": EVENT_STREAM_TYPE }, body };
}

function wireAnswer({ contentType }: Wire, status: number, body: Buffer): HttpAnswer {
  return { status, headers: { "content-type": contentType }, body };
}

function failureAnswer(wire: Wire, failure: Pick<ApiFailure, "awsName" | "reason">): HttpAnswer {
  const status = failure.awsName === INTERNAL_FAILURE ? 500 : 400;
  return wireAnswer(wire, status, wire.encodeFailure(failure));
}

/** What else can go wrong is a mistake of the emulator's, not of the request's. */
function internalFailure(error: unknown, wire: Wire): HttpAnswer {
  return failureAnswer(wire, { awsName: INTERNAL_FAILURE, reason: String(error) });
}

function textAnswer(status: number, body: string): HttpAnswer {
  return { status, headers: { "content-type": "text/plain" }, body: Buffer.from(body) };
}
