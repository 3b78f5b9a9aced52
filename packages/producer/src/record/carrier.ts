// A carrier is one entry of a PutRecords call: a plain record or an aggregate, with the promises of the
// records it carries. Once it was sent its bytes never change, so a repetition after an unclear answer is a true copy.
import { deaggregate, writeDigests } from "@shardline/aggregation";
import { invariant, type PutRecordsEntry, type Statistics } from "@shardline/core";
import type { AttemptLog } from "./attempt-log.ts";
import { hashKeyOfContent } from "./hash-key-of-content.ts";
import type { Members } from "./members.ts";
import type { RecordContent } from "./pending-record.ts";

/**
 * Why a Kinesis record was closed and sent: it was full, old, or flushed; or its records had been sent before, or had
 * waited for another shard.
 */
export type FlushReason = "count" | "bytes" | "deadline" | "flush" | "retry";

/** One entry of a PutRecords call. */
export interface Carrier {
  readonly content: CarrierContent;
  /** What is sent. */
  readonly entry: PutRecordsEntry;
  /** Data and partition key, as the service counts them. */
  readonly bytes: number;
  /** In the order of the records inside. */
  readonly members: Members;
  /** Of the data of each record inside. */
  readonly dataBytes: Statistics;
  readonly closedBy: FlushReason;
  /** Tries of it as it is; those that its records had in others before are with them. */
  attempts: AttemptLog;
  /** End of the last attempt; before the first, what its first record says. */
  waitingSinceMs: number;
  /**
   * Set while it is under suspicion, because a call with it and others was refused: carriers of one trial are sent
   * together and with no others.
   */
  trial: symbol | undefined;
}

/** How to get the records back out. */
export type CarrierContent =
  | { readonly kind: "plain"; readonly record: RecordContent }
  /** The digest is written as late as possible, because those of several aggregates are faster together. */
  | { readonly kind: "aggregate"; digest: "missing" | "written" };

/** Writes the digests that aggregates still lack. Nothing of them may be sent or taken apart before. */
export function writeMissingDigests(carriers: readonly Carrier[]): void {
  const lacking = carriers.filter(lacksDigest);
  writeDigests(lacking.map(({ entry }) => entry.data));
  for (const { content } of lacking) content.digest = "written";
}

type CarrierOfAggregate = Carrier & { readonly content: { readonly kind: "aggregate" } };

function lacksDigest(carrier: Carrier): carrier is CarrierOfAggregate {
  const { content } = carrier;
  return content.kind === "aggregate" && content.digest === "missing";
}

/** The hash keys that place the records of a carrier. */
export function hashKeysOf(carrier: Carrier): bigint[] {
  return contentsOf(carrier).map(hashKeyOfContent);
}

/** The records inside, in order. */
export function contentsOf(carrier: Carrier): readonly RecordContent[] {
  if (carrier.content.kind === "plain") return [carrier.content.record];
  writeMissingDigests([carrier]);
  const decoded = deaggregate(carrier.entry.data);
  invariant(decoded.kind === "aggregate", "an aggregate of our own can be taken apart");
  invariant(decoded.records.length === carrier.members.length, "no member of a carrier is lost");
  return decoded.records;
}
