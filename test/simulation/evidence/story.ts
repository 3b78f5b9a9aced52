// What a broken world tells: the last that happened to the processes that the broken invariant names.
import { comparePositions, SHARD_END } from "@shardline/core";
import type { Lease, LeaseMove } from "@shardline/consumer";
import type { BrokenInvariant } from "./journal.ts";
import type { EntryOf, SentCarrier, TimedEntry } from "./journal-entry.ts";
import { nameOf, type SimRecord } from "./sim-record.ts";

const LINES = 200;
/** The process of what befalls the world as a whole. */
export const WORLD = "world";

/** The last entries that concern a broken invariant, a line each, oldest first. */
export function storyOf(entries: readonly TimedEntry[], broken: BrokenInvariant): string[] {
  const processes = new Set([WORLD, ...broken.processes]);
  const isTold = ({ process }: TimedEntry): boolean =>
    broken.processes.length === 0 || processes.has(process);
  return entries.filter(isTold).slice(-LINES).map(lineOf);
}

function lineOf(entry: TimedEntry): string {
  const seconds = (entry.atMs / 1000).toFixed(3).padStart(9);
  return `${seconds} ${entry.process.padEnd(10)} ${entry.kind.padEnd(9)} ${textOf(entry)}`;
}

function textOf(entry: TimedEntry): string {
  switch (entry.kind) {
    case "put":
      return `${nameOf(entry.record)}, ${entry.bytes} bytes`;
    case "stored":
      return `${nameOf(entry.record)} on ${entry.receipt.shardId} at ${placeOf(entry.receipt)}`;
    case "failed":
      return `${nameOf(entry.record)} ${entry.code}${entry.mayHaveBeenWritten ? ", it may be stored" : ""}`;
    case "closed":
      return `${entry.stored} stored, ${entry.failed} failed`;
    case "told":
      return JSON.stringify(entry.news);
    case "sent":
      return `call ${entry.call}: ${entry.carriers.map(carrierText).join(", ")}`;
    case "answered":
      return `call ${entry.call}: ${entry.outcomes.join(", ")}`;
    case "landed":
      return `on ${entry.shardId} at ${entry.sequenceNumber}: ${namesOf(entry.records.map(({ record }) => record))}${entry.isRepeat ? ", a repeat" : ""}`;
    case "streams":
      return `to be read: ${entry.named.join(" ")}`;
    case "read":
      return entry.shardId;
    case "fetched":
      return `${entry.carriers.length} records, ${fetchedBytes(entry)} bytes of ${entry.shardId}, by ${entry.by}`;
    case "subscription":
      return `${entry.number} to ${entry.shardId}: ${Object.values(entry.news).join(", ")}`;
    case "delivered":
      return `${nameOf(entry.record)} from ${entry.shardId}, epoch ${entry.epoch}, ${placeOf(entry.position)}`;
    case "handled":
      return `${entry.how} ${entry.shardId} ${entry.positions.map(placeOf).join(" ")}`;
    case "left":
      return `${entry.shardId}, epoch ${entry.epoch}${failureText(entry.failed)}`;
    case "offered":
      return `${nameOf(entry.record)} of ${entry.shardId} at ${placeOf(entry.position)} after ${entry.attempts} tries`;
    case "begun":
      return `${entry.shardId}, epoch ${entry.epoch}, at ${placeOf(entry.checkpoint)}${pendingText(entry.pending)}`;
    case "asked":
      return `${entry.key}: ${moveText(entry.move)}`;
    case "settled":
      return `${entry.key} ${entry.outcome}`;
    case "table":
      return `${entry.key}: ${leaseText(entry.before)} -> ${leaseText(entry.after)}`;
    case "checkpoint":
      return `of ${entry.shardId} at ${placeOf(entry.position)}: ${entry.outcome}`;
    case "life":
      return entry.forMs > 0 ? `${entry.what} for ${Math.round(entry.forMs)} ms` : entry.what;
    case "phase":
      return entry.phase;
    case "lease":
      return `${entry.what} ${JSON.stringify(entry.fields)}`;
    case "reborn":
      return `the stream, at ${entry.streamEpoch}`;
    case "world":
      return entry.what;
  }
}

function fetchedBytes({ carriers }: EntryOf<"fetched">): number {
  return carriers.reduce((sum, { bytes }) => sum + bytes, 0);
}

function failureText(failed: EntryOf<"left">["failed"]): string {
  const [first] = failed?.remaining ?? [];
  if (failed === undefined || first === undefined) return "";
  return `, failed at ${placeOf(first)}${failed.isNamed ? ", which it named" : ""}`;
}

function pendingText(pending: EntryOf<"begun">["pending"]): string {
  return pending === undefined ? "" : `, announced ${placeOf(pending.position)}`;
}

/** Hash keys are too large for JSON. */
function moveText({ patch }: LeaseMove): string {
  return JSON.stringify(patch, (_, value: unknown) =>
    typeof value === "bigint" ? value.toString() : value,
  );
}

function carrierText({ bytes, hashKey, records }: SentCarrier): string {
  return `${bytes} bytes to ${hashKey.toString(16)}: ${namesOf(records)}`;
}

function namesOf(records: readonly SimRecord[]): string {
  return records.map(nameOf).join(" ");
}

function placeOf({ sequenceNumber, subSequenceNumber }: Lease["checkpoint"]): string {
  return `${sequenceNumber}#${subSequenceNumber}`;
}

function leaseText(lease: Lease | undefined): string {
  if (lease === undefined) return "none";
  const { checkpoint, counter, owner = "nobody", wantedBy } = lease;
  const at = comparePositions(checkpoint, SHARD_END) === 0 ? "SHARD_END" : placeOf(checkpoint);
  const wish = wantedBy === undefined ? "" : `, wanted by ${wantedBy}`;
  return `${owner} ${counter} at ${at}${wish}`;
}
