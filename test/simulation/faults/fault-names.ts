// Every kind of fault that a world knows, by the name under which it is counted. Only these can be counted; one that many
// worlds never show is missed.

/** What is drawn for so many worlds must show each of them, but for a rare one. */
export const WORLDS_WITH_ALL = 150;

export const FAULTS = [
  "back under its name",
  "checkpoint forgotten",
  "checkpoint refused by the table",
  "crash",
  "crash while ending",
  "dead-letter sink fails",
  "dead-letter sink hangs",
  "deleted lease",
  "event held up",
  "handler hangs",
  "handler is slow",
  "handler in trouble for a while",
  "handler stops short",
  "handler throws",
  "kinesis throttled",
  "kinesis: empty pages",
  "kinesis: entries failed",
  "kinesis: entries throttled",
  "kinesis: iterators expired",
  "kinesis: no heartbeats",
  "kinesis: reads throttled",
  "kinesis: shards of the past",
  "kinesis: sparse pages",
  "kinesis: stale continuations",
  "kinesis: subscriptions ended early",
  "kinesis: subscriptions failed",
  "kinesis: subscriptions silent",
  "kinesis: subscriptions taken over",
  "kinesis: subscriptions throttled",
  "kinesis: unavailable",
  "late request",
  "leases throttled",
  "lost answer",
  "lost request",
  "pause",
  "pause while ending",
  "producer crash",
  "producer crash while ending",
  "producer pause",
  "producer pause while ending",
  "producer restart",
  "repeated request",
  "request that outlives its sender",
  "reshard",
  "restart",
  "slow call",
  "storm (away)",
  "storm (throttling)",
  "stream added",
  "stream consumer deregistered",
  "stream deleted",
  "stream in trouble",
  "stream taken out",
  "streams: no answer",
  "streams: none is named",
  "streams: one is missing",
  "subscription cut",
  "subscription cut clean",
  "subscription silent",
  "wire: answers cut",
  "wire: answers emptied",
  "wire: answers lost",
  "wire: answers truncated",
  "wire: connections reset",
  "wire: entries missing",
  "wire: errors without a body",
  "wire: gateway errors",
  "wire: listings shuffled",
] as const;

/** It takes a world with dead letters whose handlers hang; about one in a hundred shows it. */
const RARE = { name: "dead-letter sink hangs", worlds: 1000 };

/** Whether so many worlds, as they are drawn, must show it. */
export function isDemanded(name: FaultName, worlds: number): boolean {
  return worlds >= (name === RARE.name ? RARE.worlds : WORLDS_WITH_ALL);
}

/** A producer's successor has a name of its own in every world: that last one is no fault that could be missed. */
export type FaultName = (typeof FAULTS)[number] | "producer back under its name";
