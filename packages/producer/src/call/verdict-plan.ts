// Pure: what Kinesis answered, or why it did not -> what becomes of each carrier.
//
// The rule that drives it is the KCL's: a reader drops a whole aggregate, silently, when one of its records
// has a hash key outside the range of the shard it was read from. So an aggregate is delivered only where
// every one of its records belongs; plain records are delivered wherever they land.
import {
  type ApiFailure,
  type HashKeyRange,
  type PutRecordsOutcome,
  rangeContains,
  type UndeliveredCode,
} from "@shardline/core";
import type { ShardMap } from "../shard-map/shard-map.ts";
import { codeOf, type Reaction } from "./reaction-plan.ts";

export type Verdict =
  /** Delivered. */
  | { readonly kind: "stored"; readonly shardId: string; readonly sequenceNumber: string }
  /** Landed on a shard whose range is not known yet: judge again with a newer map. */
  | { readonly kind: "hold" }
  /** Send the same bytes again. */
  | { readonly kind: "retry"; readonly failure: ApiFailure }
  /** Take apart and send every record again where it belongs. */
  | { readonly kind: "resend"; readonly failure: ApiFailure }
  /** The same, and the place proves that the service does not go by hash keys. */
  | { readonly kind: "astray"; readonly failure: ApiFailure }
  /** It or another carrier of its call is at fault: find out which. */
  | { readonly kind: "isolate"; readonly failure: ApiFailure }
  /** It is at fault itself: find out which of its records. */
  | { readonly kind: "split"; readonly failure: ApiFailure }
  /** Nothing more can be done. */
  | { readonly kind: "fail"; readonly code: UndeliveredCode; readonly failure: ApiFailure };

/** What the judgement needs to know of a carrier. */
export interface JudgedCarrier {
  readonly isAggregate: boolean;
  /** How many it carries: an aggregate may be of one, if that looked like an aggregate itself. */
  readonly records: number;
  /** The shard, as it was when it was predicted; without an id where there was no map. */
  readonly predicted: {
    readonly shardId: string | undefined;
    readonly range: HashKeyRange;
  };
  /** Where it belongs itself, as it was sent. */
  readonly hashKey: () => bigint;
  /** All its records have that hash key. */
  readonly isUniform: boolean;
  /** The stream cannot be one whose records the service places itself. */
  readonly isSurelyByKey: boolean;
  /** Hash keys of its records; asked for only when it landed on another shard than predicted. */
  readonly hashKeys: () => readonly bigint[];
}

/** A carrier that was not stored. */
interface FailedCarrier {
  readonly records: number;
  /** The only one that is suspected, if somebody is. */
  readonly wasAlone: boolean;
}

/** How a call or an entry of it failed, and how that is met. */
interface JudgedFailure {
  readonly failure: ApiFailure;
  readonly reaction: Reaction;
  /** Since it began to fail in this way. */
  readonly failingForMs: number;
}

/** How patient the judgement is. */
interface Patience {
  readonly failOnThrottle: boolean;
  /** For a stream that does not exist, which may be about to. */
  readonly notFoundGraceMs: number;
  /** For refused credentials and permissions, which take time to spread. */
  readonly authGraceMs: number;
}

/** What a map can say of a landing. */
export type MapView =
  /** Listed before the answer came: the stream may be another one since. */
  | "older"
  /** Listed after it: where a carrier is not where its hash key belongs, the service placed it there. */
  | "newer"
  /** Listed after it, and the shard that took the carrier is not known to be the one that the map has under that id. */
  | "of another stream";

/** Judges one entry that was stored. */
export function judgeStored(
  carrier: JudgedCarrier,
  outcome: PutRecordsOutcome & { readonly kind: "stored" },
  map: ShardMap | undefined,
  view: MapView = "older",
): Verdict {
  if (!carrier.isAggregate) return outcome;
  const { predicted } = carrier;
  const isSameId = outcome.shardId === predicted.shardId;
  const range = map?.rangeOf(outcome.shardId);
  if (range === undefined) {
    const isAlone = isSameId && carrier.records === 1;
    // Where its own hash key leads it is whole; the map that may come tells whether keys lead anywhere.
    const isWhole = carrier.isUniform && (carrier.isSurelyByKey || map === undefined);
    return isWhole || isAlone ? outcome : { kind: "hold" };
  }
  // A stream that was made again has other shards under the same ids: an id alone means nothing.
  if (isSameId && isSameRange(range, predicted.range)) return outcome;
  if (!isSameId && !rangeContains(range, carrier.hashKey())) {
    if (view === "older") return { kind: "hold" };
    if (view === "newer") return { kind: "astray", failure: misplaced(outcome.shardId) };
  }
  const isWhole = carrier.isUniform || carrier.hashKeys().every((key) => rangeContains(range, key));
  return isWhole ? outcome : { kind: "resend", failure: misplaced(outcome.shardId) };
}

/** Judges a carrier whose entry, or whose call as a whole, failed. */
export function judgeFailed(
  carrier: FailedCarrier,
  { failingForMs, failure, reaction }: JudgedFailure,
  patience: Patience,
): Verdict {
  const fail: Verdict = { kind: "fail", code: codeOf(failure), failure };
  const retry: Verdict = { kind: "retry", failure };
  switch (reaction) {
    case "retry":
      return retry;
    case "fail":
      return fail;
    case "throttle":
      return patience.failOnThrottle ? { ...fail, code: "RECORD_THROTTLED" } : retry;
    case "wait":
      return failingForMs >= graceMsFor(failure, patience) ? fail : retry;
    case "isolate":
      if (!carrier.wasAlone) return { kind: "isolate", failure };
      return carrier.records > 1 ? { kind: "split", failure } : fail;
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

function isSameRange(a: HashKeyRange, b: HashKeyRange): boolean {
  return a.start === b.start && a.end === b.end;
}

function graceMsFor({ kind }: ApiFailure, { authGraceMs, notFoundGraceMs }: Patience): number {
  return kind === "missing" ? notFoundGraceMs : authGraceMs;
}

function misplaced(shardId: string): ApiFailure {
  return {
    kind: "transient",
    awsName: "WrongShard",
    reason: `the aggregate was stored on ${shardId}, which does not cover all of its records`,
    isAmbiguous: true,
  };
}
