// What goes wrong in worlds whose workers subscribe to shards: to the connections by which events come, to subscriptions
// within the service, and to the stream consumer that they are made with.
import type { Random } from "@shardline/core";

/** Mean times are those of one subscription, Infinity for never; probabilities are for each subscription unless said otherwise. */
export interface PushOdds {
  /** How long a stream consumer is on its way to be active, and to be gone. */
  readonly consumerMs: number;
  /** Mean time until somebody deregisters the stream consumer. */
  readonly deregisteredMs: number;
  /** Mean time until the connection is cut, and what was under way is lost. */
  readonly cutMs: number;
  /** Mean time until the connection ends as in good order. */
  readonly cutCleanMs: number;
  /** Mean time until nothing comes any more by a connection that stays. */
  readonly silentMs: number;
  /** Of events: it takes seconds, and all behind it wait. */
  readonly heldUp: number;
  /** It is refused, for the rate of calls. */
  readonly throttled: number;
  /** After some events the service ends it, as it does after five minutes. */
  readonly endedEarly: number;
  /** After some events the service ends it with an exception. */
  readonly failed: number;
  /** After some events it ends as if another one had taken its place. */
  readonly takenOver: number;
  /** After some events nothing comes any more. */
  readonly fallsSilent: number;
  /** A quiet shard is silent. */
  readonly withoutHeartbeats: number;
  /** Who resumes at its continuation reads again. */
  readonly staleContinuation: number;
  /** How many events those that fail within the service have before. */
  readonly eventsBefore: number;
}

const NEVER = Number.POSITIVE_INFINITY;

/** Where nothing goes wrong. */
export const SOUND_PUSHES: PushOdds = {
  consumerMs: 1,
  deregisteredMs: NEVER,
  cutMs: NEVER,
  cutCleanMs: NEVER,
  silentMs: NEVER,
  heldUp: 0,
  throttled: 0,
  endedEarly: 0,
  failed: 0,
  takenOver: 0,
  fallsSilent: 0,
  withoutHeartbeats: 0,
  staleContinuation: 0,
  eventsBefore: 0,
};

/** Draws them for any world; where all workers poll they are odds of nothing. */
export function drawPushOdds(random: Random): PushOdds {
  const whole = (min: number, max: number): number =>
    min + Math.floor((max - min + 1) * random.next());
  const sometimes = (share: number, max: number): number =>
    random.next() < share ? max * random.next() : 0;
  const everyMs = (share: number, min: number, max: number): number =>
    random.next() < share ? whole(min, max) : NEVER;
  return {
    consumerMs: random.next() < 0.5 ? 1 : whole(1, 30_000),
    deregisteredMs: everyMs(0.4, 60_000, 400_000),
    cutMs: everyMs(0.6, 10_000, 300_000),
    cutCleanMs: everyMs(0.6, 10_000, 300_000),
    silentMs: everyMs(0.6, 20_000, 300_000),
    heldUp: sometimes(0.5, 0.02),
    throttled: sometimes(0.5, 0.3),
    endedEarly: sometimes(0.5, 0.2),
    failed: sometimes(0.5, 0.2),
    takenOver: sometimes(0.5, 0.2),
    fallsSilent: sometimes(0.5, 0.2),
    withoutHeartbeats: sometimes(0.5, 0.3),
    staleContinuation: sometimes(0.5, 0.3),
    eventsBefore: whole(0, 20),
  };
}
