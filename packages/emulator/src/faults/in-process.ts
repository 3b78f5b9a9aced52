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
  if (plan.instead?.kind === "hang") await wait(parts, Number.POSITIVE_INFINITY);
  const refusal = refusalOf(plan, parts);
  if (refusal !== undefined) throw apiCallFailed(operation, refusal);
  const output = parts.serve();
  try {
    await wait(parts, plan.delayAfterMs);
    if (plan.ending?.kind === "hang") await wait(parts, Number.POSITIVE_INFINITY);
    const loss = lossOf(plan);
    if (loss !== undefined) throw apiCallFailed(operation, loss);
  } catch (error) {
    await forget(output);
    throw error;
  }
  return overFrames(output, plan);
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

function refusalOf(
  { instead, skewMs }: FaultPlan,
  parts: InProcessParts<unknown>,
): ApiFailure | undefined {
  if (instead?.kind === "wire") return outcomeOfWire(instead.fault);
  if (instead?.kind !== "failure") return undefined;
  const nowMs = parts.clock.wallTimeMs() + skewMs;
  return portFailureOf(injectedFailure(instead.effect, parts.subject, nowMs));
}

function lossOf({ ending }: FaultPlan): ApiFailure | undefined {
  if (ending?.kind === "wire") return outcomeOfWire(ending.fault);
  return ending?.kind === "corrupt" ? outcomeOfCorruption(ending.how) : undefined;
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
