// A call under faults for code in the process: the same waits and refusals as over the wire, and for what only a
// wire can do, the outcome that it would have had.
import { apiCallFailed, type ApiFailure, type Clock, LinkedSignal, sleep } from "@shardline/core";
import { CLOSED } from "../api-failures.ts";
import type { CallSubject } from "./call-subject.ts";
import type { FaultPlan } from "./fault-plan.ts";
import { spoilFramesOfEvents } from "./frame-faults.ts";
import type { SubscribeToShardEvent } from "../fan-out/subscription-event.ts";
import { injectedFailure, portFailureOf } from "./injected-failure.ts";
import { outcomeOfCorruption, outcomeOfWire } from "./port-outcomes.ts";

/** What such a call needs. */
interface InProcessParts<Output> {
  readonly subject: CallSubject;
  readonly clock: Clock;
  /** The caller's; absent where a call cannot be given up. */
  readonly signal: AbortSignal | undefined;
  /** Aborts when the emulator closes. */
  readonly released: AbortSignal;
  serve(): Output;
}

/**
 * Serves a call under faults. Rejects with the signal's reason as soon as it aborts.
 * @throws KinesisError API_CALL_FAILED
 */
export async function serveInProcess<Output>(
  plan: FaultPlan,
  parts: InProcessParts<Output>,
): Promise<Output> {
  const { operation } = parts.subject;
  await wait(parts, plan.delayBeforeMs);
  const { instead } = plan;
  if (instead?.kind === "hang") await wait(parts, Number.POSITIVE_INFINITY);
  const breakage = instead?.kind === "wire" ? outcomeOfWire(instead.fault) : undefined;
  if (breakage !== undefined) throw apiCallFailed(operation, breakage);
  const outcome = outcomeOf(plan, parts);
  try {
    await wait(parts, plan.delayAfterMs);
    if (plan.ending?.kind === "hang") await wait(parts, Number.POSITIVE_INFINITY);
    const loss = lossOf(plan, outcome);
    if (loss !== undefined) throw apiCallFailed(operation, loss);
  } catch (error) {
    if (outcome.kind === "answered") await forget(outcome.output);
    throw error;
  }
  if (outcome.kind === "refused") throw outcome.error;
  return overFrames(outcome.output, plan);
}

/** What the service says. A refusal takes as long and gets lost as easily as any other answer. */
type Outcome<Output> =
  | { readonly kind: "answered"; readonly output: Output }
  | { readonly kind: "refused"; readonly error: unknown };

function outcomeOf<Output>(plan: FaultPlan, parts: InProcessParts<Output>): Outcome<Output> {
  const { instead, skewMs } = plan;
  if (instead?.kind === "failure") {
    const nowMs = parts.clock.wallTimeMs() + skewMs;
    const failure = portFailureOf(injectedFailure(instead.effect, parts.subject, nowMs));
    return { kind: "refused", error: apiCallFailed(parts.subject.operation, failure) };
  }
  try {
    return { kind: "answered", output: parts.serve() };
  } catch (error) {
    return { kind: "refused", error };
  }
}

type Subscribed = { readonly EventStream: AsyncIterable<SubscribeToShardEvent> };

function isSubscribed(output: unknown): output is Subscribed {
  return typeof output === "object" && output !== null && "EventStream" in output;
}

/** Ends a subscription whose answer was lost, as the end of its connection would. */
async function forget(output: unknown): Promise<void> {
  if (isSubscribed(output)) await output.EventStream[Symbol.asyncIterator]().return?.();
}

function overFrames<Output>(output: Output, { frames }: FaultPlan): Output {
  if (frames.length === 0 || !isSubscribed(output)) return output;
  return { ...output, EventStream: spoilFramesOfEvents(output.EventStream, frames) };
}

/** Only the answer of a call that took effect is spoilt. */
function lossOf({ ending }: FaultPlan, { kind }: Outcome<unknown>): ApiFailure | undefined {
  if (ending?.kind === "wire") return outcomeOfWire(ending.fault);
  const isSpoilt = ending?.kind === "corrupt" && kind === "answered";
  return isSpoilt ? outcomeOfCorruption(ending.how) : undefined;
}

async function wait(
  { subject, clock, signal, released }: InProcessParts<unknown>,
  delayMs: number,
): Promise<void> {
  if (delayMs === 0) return;
  using either = new LinkedSignal(released, ...(signal === undefined ? [] : [signal]));
  try {
    await sleep(clock, delayMs, either.signal);
  } catch (error) {
    if (released.aborted) throw apiCallFailed(subject.operation, CLOSED);
    throw error;
  }
}
