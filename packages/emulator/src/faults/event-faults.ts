// Faults of a subscription's events: each is a stage that events pass through, one behind the other. A stage that
// waits stops waiting when the reader leaves or the emulator closes.
import { apiCallFailed, type Clock, type KinesisError, sleep } from "@shardline/core";
import { failureOf } from "../api-failures.ts";
import { defaultMessageOf, portFailureOf } from "./injected-failure.ts";
import type { EventFault } from "./subscription-effects.ts";
import type { SubscribeToShardEvent } from "../fan-out/subscription-event.ts";

type Events = AsyncIterable<SubscribeToShardEvent>;

/** What the stages need of the subscription around them. */
export interface EventStageParts {
  readonly clock: Clock;
  /** Aborts when nobody reads any more. */
  readonly left: AbortSignal;
  /** As in `000000000000:orders:shardId-000000000000:billing`. */
  readonly subscriber: string;
}

/** The events as they come through one fault. */
export function eventStage(events: Events, fault: EventFault, parts: EventStageParts): Events {
  switch (fault.kind) {
    case "delayEvents":
      return delayed(events, fault.ms, parts);
    case "dropHeartbeats":
      return withoutHeartbeats(events);
    case "silence":
      return silent(events, fault.afterEvents, parts);
    case "failEvents": {
      const { type, message } = fault;
      const text = message ?? defaultMessageOf(type);
      // No status comes with it: a name that nobody knows says nothing against subscribing again.
      const failure = portFailureOf({ status: 500, type, message: text, body: "model" });
      return failing(events, fault.afterEvents, apiCallFailed("SubscribeToShard", failure));
    }
    case "endEvents":
      return ending(events, fault.afterEvents);
    case "takeOver":
      return failing(events, fault.afterEvents, takenOver(parts.subscriber));
    case "staleContinuation":
      return stale(events);
  }
}

async function* delayed(events: Events, ms: number, parts: EventStageParts): Events {
  for await (const event of events) {
    if (!(await wait(ms, parts))) return;
    yield event;
  }
}

/** The last event of a shard holds no records either; it always comes. */
async function* withoutHeartbeats(events: Events): Events {
  for await (const event of events) {
    if (event.Records.length > 0 || event.ChildShards !== undefined) yield event;
  }
}

async function* silent(events: Events, after: number, parts: EventStageParts): Events {
  if ((yield* firstOf(events, after)) === "more") await wait(Number.POSITIVE_INFINITY, parts);
}

async function* failing(events: Events, after: number, error: KinesisError): Events {
  if ((yield* firstOf(events, after)) === "more") throw error;
}

async function* ending(events: Events, after: number): Events {
  yield* firstOf(events, after);
}

/** So many events; returns whether the subscription went on until then, or ended by itself before. */
async function* firstOf(
  events: Events,
  count: number,
): AsyncGenerator<SubscribeToShardEvent, "more" | "ended"> {
  if (count === 0) return "more";
  let passed = 0;
  for await (const event of events) {
    yield event;
    passed += 1;
    if (passed === count) return "more";
  }
  return "ended";
}

async function* stale(events: Events): Events {
  let first: string | undefined;
  for await (const event of events) {
    const { ContinuationSequenceNumber: number } = event;
    first ??= number;
    yield number === undefined || first === undefined
      ? event
      : { ...event, ContinuationSequenceNumber: first };
  }
}

function takenOver(subscriber: string): KinesisError {
  const message = `Another active subscription exists for this consumer: ${subscriber}`;
  return apiCallFailed("SubscribeToShard", failureOf("ResourceInUseException", message));
}

/** Answers false where nobody reads any more. */
function wait(ms: number, { clock, left }: EventStageParts): Promise<boolean> {
  return sleep(clock, ms, left).then(
    () => true,
    () => false,
  );
}
