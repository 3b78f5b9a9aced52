// The faults of subscriptions within Kinesis, as rules of the emulator. Those of their connections are the network's.
import { chanceRule, type NamedRule } from "./chance-rule.ts";
import type { PushOdds } from "./push-odds.ts";

const SUBSCRIBE = "SubscribeToShard";

export function pushRulesOf(odds: PushOdds): NamedRule[] {
  const { eventsBefore: afterEvents, failed, takenOver, throttled } = odds;
  const { endedEarly, fallsSilent, staleContinuation, withoutHeartbeats } = odds;
  return [
    chanceRule("kinesis: subscriptions throttled", throttled, SUBSCRIBE, {
      kind: "error",
      type: "LimitExceededException",
    }),
    chanceRule("kinesis: subscriptions ended early", endedEarly, SUBSCRIBE, {
      kind: "endEvents",
      afterEvents,
    }),
    chanceRule("kinesis: subscriptions failed", failed, SUBSCRIBE, {
      kind: "failEvents",
      afterEvents,
    }),
    chanceRule("kinesis: subscriptions taken over", takenOver, SUBSCRIBE, {
      kind: "takeOver",
      afterEvents,
    }),
    chanceRule("kinesis: subscriptions silent", fallsSilent, SUBSCRIBE, {
      kind: "silence",
      afterEvents,
    }),
    chanceRule("kinesis: no heartbeats", withoutHeartbeats, SUBSCRIBE, { kind: "dropHeartbeats" }),
    chanceRule("kinesis: stale continuations", staleContinuation, SUBSCRIBE, {
      kind: "staleContinuation",
    }),
  ].flat();
}
