// Pure: what Kinesis answered -> what becomes of each carrier.
//
// The rule that drives it is the KCL's: a reader drops a whole aggregate, silently, when one of its records
// has a hash key outside the range of the shard it was read from. So an aggregate is delivered only where
// every one of its records belongs; plain records are delivered wherever they land.
import { type ApiFailure, type PutRecordsOutcome, rangeContains } from "@shardline/core";
import type { ShardMap } from "../shard-map/shard-map.ts";

export type Verdict =
  /** Delivered. */
  | { readonly kind: "stored"; readonly shardId: string; readonly sequenceNumber: string }
  /** Landed on a shard whose range is not known yet: judge again with a newer map. */
  | { readonly kind: "hold" }
  /** Send the same bytes again. */
  | { readonly kind: "retry"; readonly failure: ApiFailure }
  /** Take apart and send every record again where it belongs. */
  | { readonly kind: "resend"; readonly failure: ApiFailure }
  /** Send it in a call of its own, to find out which carrier is at fault. */
  | { readonly kind: "isolate"; readonly failure: ApiFailure }
  /** Take apart and send every record in a call of its own, to find out which one is at fault. */
  | { readonly kind: "split"; readonly failure: ApiFailure }
  /** Nothing more can be done. */
  | { readonly kind: "fail"; readonly failure: ApiFailure };

/** What the judgement needs to know of a carrier. */
export interface JudgedCarrier {
  readonly isAggregate: boolean;
  /** How many it carries: an aggregate may be of one, if that looked like an aggregate itself. */
  readonly records: number;
  /** Sent alone, or was the only one of its call. */
  readonly wasAlone: boolean;
  /** Absent where there was no map. */
  readonly predictedShardId: string | undefined;
  /** Hash keys of its records; asked for only when it landed on another shard than predicted. */
  readonly hashKeys: () => readonly bigint[];
}

/** How long a condition that only an operator can change is given to pass. */
export interface GracePeriods {
  /** For refused credentials and permissions, which take time to spread. */
  readonly authMs: number;
  /** For a stream that does not exist, which may be about to. */
  readonly missingMs: number;
}

/** Judges one entry of an answered call. */
export function judgeEntry(
  carrier: JudgedCarrier,
  outcome: PutRecordsOutcome,
  map: ShardMap | undefined,
): Verdict {
  if (outcome.kind === "failed") {
    const { failure } = outcome;
    return { kind: failure.kind === "rejected" ? "fail" : "retry", failure };
  }
  const stored: Verdict = outcome;
  // With a map that was forgotten since, the ids that it told mean nothing any more.
  const isForgotten = map === undefined && carrier.records > 1;
  const isAsPredicted = outcome.shardId === carrier.predictedShardId && !isForgotten;
  if (!carrier.isAggregate || isAsPredicted) return stored;
  const range = map?.rangeOf(outcome.shardId);
  if (range === undefined) return { kind: "hold" };
  const isWhole = carrier.hashKeys().every((hashKey) => rangeContains(range, hashKey));
  return isWhole ? stored : { kind: "resend", failure: misplaced(outcome.shardId) };
}

/** Judges a carrier of a call that failed as a whole, `troubledForMs` after calls began to fail so. */
export function judgeCall(
  carrier: JudgedCarrier,
  failure: ApiFailure,
  troubledForMs: number,
  grace: GracePeriods,
): Verdict {
  switch (failure.kind) {
    case "rejected":
      return judgeRejected(carrier, failure);
    case "missing":
      return { kind: troubledForMs >= grace.missingMs ? "fail" : "retry", failure };
    case "credentials":
    case "denied":
      return { kind: troubledForMs >= grace.authMs ? "fail" : "retry", failure };
    case "throttled":
    case "transient":
    case "unreachable":
    case "busy":
    case "expired":
      return { kind: "retry", failure };
  }
}

/** The failure of a carrier whose landing place never became known. */
export function unknownLanding(shardId: string): ApiFailure {
  return {
    kind: "transient",
    awsName: "UnknownShard",
    reason: `the record was stored on ${shardId}, which ListShards does not show`,
    isAmbiguous: true,
  };
}

function judgeRejected(carrier: JudgedCarrier, failure: ApiFailure): Verdict {
  if (!carrier.wasAlone) return { kind: "isolate", failure };
  return { kind: carrier.records > 1 ? "split" : "fail", failure };
}

function misplaced(shardId: string): ApiFailure {
  return {
    kind: "transient",
    awsName: "WrongShard",
    reason: `the aggregate was stored on ${shardId}, which does not cover all of its records`,
    isAmbiguous: true,
  };
}
