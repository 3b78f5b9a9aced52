// A request under faults: waits, refusals in the service's words, spoilt bodies, and for the transports the word
// how an answer is to be lost.
import { type Clock, LinkedSignal, sleep, toDate } from "@shardline/core";
import type { CallSubject } from "../faults/call-subject.ts";
import type { FaultPlan } from "../faults/fault-plan.ts";
import { type InjectedFailure, injectedFailure } from "../faults/injected-failure.ts";
import { type HttpAnswer, type HttpRequest, headerOf } from "./http-message.ts";
import { signatureFault } from "./signature-time.ts";

/** Makes the answer that is a failure of the service's model. */
export type AnswerFailure = (failure: {
  readonly awsName: string;
  readonly reason: string;
}) => HttpAnswer;

/** What such a request needs. */
interface FaultyParts {
  readonly request: HttpRequest;
  readonly subject: CallSubject;
  readonly clock: Clock;
  /** Aborts when the emulator closes. */
  readonly released: AbortSignal;
  readonly answerFailure: AnswerFailure;
  serve(): HttpAnswer | Promise<HttpAnswer>;
}

/** An answer that nobody gets to see. */
const UNSEEN: HttpAnswer = {
  status: 500,
  headers: {},
  body: Buffer.alloc(0),
  fault: { kind: "reset" },
};
const PROXY_PAGE =
  "<html><head><title>Error</title></head><body><center><h1>Error</h1></center></body></html>\r\n";

/** Answers a request under faults. */
export async function answerFaulty(plan: FaultPlan, parts: FaultyParts): Promise<HttpAnswer> {
  if (!(await wait(parts, plan.delayBeforeMs))) return UNSEEN;
  const { instead, ending } = plan;
  if (instead?.kind === "wire") return { ...UNSEEN, fault: instead.fault };
  if (instead?.kind === "hang") return silence(parts);
  const answer = refusalOf(plan, parts) ?? (await parts.serve());
  if (!(await wait(parts, plan.delayAfterMs)) || ending?.kind === "hang") return silence(parts);
  const dated = plan.skewMs === 0 ? answer : withDate(answer, nowMsOf(plan, parts));
  if (ending?.kind === "wire") return { ...dated, fault: ending.fault };
  return ending?.kind === "corrupt" ? corrupted(dated, ending.how) : dated;
}

function refusalOf(plan: FaultPlan, parts: FaultyParts): HttpAnswer | undefined {
  const nowMs = nowMsOf(plan, parts);
  if (plan.instead?.kind === "failure") {
    return failureAnswer(injectedFailure(plan.instead.effect, parts.subject, nowMs), parts);
  }
  if (plan.skewMs === 0) return undefined;
  const reason = signatureFault(headerOf(parts.request, "x-amz-date"), nowMs);
  if (reason === undefined) return undefined;
  return parts.answerFailure({ awsName: "InvalidSignatureException", reason });
}

function failureAnswer(failure: InjectedFailure, parts: FaultyParts): HttpAnswer {
  const { status, type, message, body } = failure;
  if (body === "html") {
    return { status, headers: { "content-type": "text/html" }, body: Buffer.from(PROXY_PAGE) };
  }
  if (body === "empty" || type === undefined) {
    return { status, headers: {}, body: Buffer.alloc(0) };
  }
  return { ...parts.answerFailure({ awsName: type, reason: message }), status };
}

function corrupted(
  answer: HttpAnswer,
  how: "truncated" | "empty" | "wrongCount" | "shuffled",
): HttpAnswer {
  if (!Buffer.isBuffer(answer.body) || answer.status !== 200) return answer;
  switch (how) {
    case "truncated":
      return { ...answer, body: answer.body.subarray(0, answer.body.length >> 1) };
    case "empty":
      return { ...answer, body: Buffer.alloc(0) };
    case "wrongCount":
    case "shuffled":
      return answer;
  }
}

function nowMsOf({ skewMs }: FaultPlan, { clock }: FaultyParts): number {
  return clock.wallTimeMs() + skewMs;
}

function withDate(answer: HttpAnswer, nowMs: number): HttpAnswer {
  return { ...answer, headers: { ...answer.headers, date: toDate(nowMs).toUTCString() } };
}

/** Ends when the client gives up, or the emulator closes. */
async function silence(parts: FaultyParts): Promise<HttpAnswer> {
  await wait(parts, Number.POSITIVE_INFINITY);
  return UNSEEN;
}

/** Answers false where nobody waits any more. */
async function wait({ request, clock, released }: FaultyParts, delayMs: number): Promise<boolean> {
  if (delayMs === 0) return true;
  using either = new LinkedSignal(released, request.signal);
  try {
    await sleep(clock, delayMs, either.signal);
    return true;
  } catch {
    return false;
  }
}
