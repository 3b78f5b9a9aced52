// Which operations an effect can happen to. A rule is never tried for any other, so that every firing that is
// counted is one that something came of.
import type { FaultEffect, SettledEffect } from "./fault-effects.ts";
import type { FaultService } from "./fault-rule.ts";
import { OPERATION_NAMES } from "./operation-names.ts";

const SUBSCRIBE = ["SubscribeToShard"];
const PAGED = ["ListShards", "ListStreams", "ListStreamConsumers"];

/** Answers with a list whose entries can go missing, so that the client can tell, or change places. */
const LISTS: Readonly<Record<string, readonly string[]>> = {
  wrongCount: ["PutRecords"],
  shuffled: ["GetRecords", "ListShards", "PutRecords"],
};

/** Effects on a body that is there as a whole; what comes frame by frame has effects of its own. */
const WHOLE_BODIES: ReadonlySet<FaultEffect["kind"]> = new Set(["corrupt", "cutBody"]);

/** Effects that only some operations of Kinesis know. */
const KINESIS_ONLY: Readonly<Partial<Record<FaultEffect["kind"], readonly string[]>>> = {
  throttle: ["GetRecords", "GetShardIterator", "PutRecord", "PutRecords", "SubscribeToShard"],
  failRecords: ["PutRecords"],
  expireIterators: ["GetRecords"],
  expireTokens: PAGED,
  sparseReads: ["GetRecords"],
  iteratorAge: ["GetRecords"],
  staleShardMap: ["ListShards"],
  clockSkew: OPERATION_NAMES.kinesis,
  meanwhile: OPERATION_NAMES.kinesis,
  trim: OPERATION_NAMES.kinesis,
  delayEvents: SUBSCRIBE,
  dropHeartbeats: SUBSCRIBE,
  silence: SUBSCRIBE,
  failEvents: SUBSCRIBE,
  endEvents: SUBSCRIBE,
  takeOver: SUBSCRIBE,
  staleContinuation: SUBSCRIBE,
  cutFrames: SUBSCRIBE,
  badChecksum: SUBSCRIBE,
  splitFrames: SUBSCRIBE,
};

/** The operations of a service that an effect can happen to; none if it knows no such effect. */
export function operationsOfEffect(
  effect: SettledEffect,
  service: FaultService,
): readonly string[] {
  if (effect.kind === "throttle" && service === "dynamodb") return OPERATION_NAMES.dynamodb;
  const own = effect.kind === "corrupt" ? LISTS[effect.how] : KINESIS_ONLY[effect.kind];
  if (own === undefined)
    return WHOLE_BODIES.has(effect.kind) ? wholeOf(service) : OPERATION_NAMES[service];
  return service === "kinesis" ? own : [];
}

function wholeOf(service: FaultService): readonly string[] {
  return OPERATION_NAMES[service].filter((name) => !SUBSCRIBE.includes(name));
}
