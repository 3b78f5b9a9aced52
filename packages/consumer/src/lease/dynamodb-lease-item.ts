// Lease <-> DynamoDB item, in the attributes of the KCL's lease table (KCL 2.7 and 3.5, DynamoDBLeaseSerializer).
// Ours are prefixed x-, which the KCL leaves alone.
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { type HashKeyRange, parseExplicitHashKey, type Position } from "@shardline/core";
import type { Lease } from "./lease.ts";

/** An item, attribute by attribute. */
export type LeaseItem = Record<string, AttributeValue>;

/** Attribute names. */
export const ATTRIBUTES = {
  key: "leaseKey",
  /** Beside keys that are more than a shard id, as in tables of many streams. */
  shardId: "shardId",
  counter: "leaseCounter",
  owner: "leaseOwner",
  checkpointOwner: "checkpointOwner",
  ownerSwitches: "ownerSwitchesSinceCheckpoint",
  checkpoint: "checkpoint",
  checkpointSub: "checkpointSubSequenceNumber",
  /** A set of shard ids, for all that its name says. */
  parentShardIds: "parentShardId",
  childShardIds: "childShardIds",
  startingHashKey: "startingHashKey",
  endingHashKey: "endingHashKey",
  entityType: "entityType",
  initialTimestampMs: "x-initialTimestamp",
  latestSinceMs: "x-latestSince",
  nativeOwner: "x-owner",
  epoch: "x-epoch",
  wantedBy: "x-wantedBy",
  wantedAtMs: "x-wantedAt",
} as const;

/** The entity type of a lease, where an item says one. */
export const LEASE_ENTITY = "LEASE";

/** The item of a lease. Empty sets are left out: DynamoDB refuses them. */
export function itemOf(lease: Lease): LeaseItem {
  return {
    [ATTRIBUTES.key]: { S: lease.key },
    ...textOf(ATTRIBUTES.shardId, lease.shardId === lease.key ? undefined : lease.shardId),
    ...numberOf(ATTRIBUTES.counter, lease.counter),
    ...numberOf(ATTRIBUTES.ownerSwitches, lease.ownerSwitches),
    ...checkpointOf(lease.checkpoint),
    ...textOf(ATTRIBUTES.owner, lease.owner),
    ...textOf(ATTRIBUTES.checkpointOwner, lease.checkpointOwner),
    ...setOf(ATTRIBUTES.parentShardIds, lease.parentShardIds),
    ...setOf(ATTRIBUTES.childShardIds, lease.childShardIds),
    ...rangeOf(lease.hashKeyRange),
    ...numberOf(ATTRIBUTES.initialTimestampMs, lease.initialTimestampMs),
    ...numberOf(ATTRIBUTES.latestSinceMs, lease.latestSinceMs),
    ...textOf(ATTRIBUTES.nativeOwner, lease.nativeOwner),
    ...numberOf(ATTRIBUTES.epoch, lease.epoch),
    ...textOf(ATTRIBUTES.wantedBy, lease.wantedBy),
  };
}

/**
 * Reads an item. `undefined` for one that is not a lease, or that even the KCL could not read: without its key,
 * its counter or its count of switches.
 */
export function leaseOf(item: LeaseItem): Lease | undefined {
  const key = item[ATTRIBUTES.key]?.S;
  const counter = readNumber(item, ATTRIBUTES.counter);
  const ownerSwitches = readNumber(item, ATTRIBUTES.ownerSwitches);
  const entityType = item[ATTRIBUTES.entityType]?.S ?? LEASE_ENTITY;
  if (key === undefined || counter === undefined || ownerSwitches === undefined) return undefined;
  if (entityType !== LEASE_ENTITY) return undefined;
  return Object.freeze({
    key,
    shardId: item[ATTRIBUTES.shardId]?.S ?? key,
    counter,
    ownerSwitches,
    checkpoint: readCheckpoint(item),
    parentShardIds: item[ATTRIBUTES.parentShardIds]?.SS ?? [],
    childShardIds: item[ATTRIBUTES.childShardIds]?.SS ?? [],
    epoch: readNumber(item, ATTRIBUTES.epoch) ?? 0,
    ...readRange(item),
    ...defined("owner", item[ATTRIBUTES.owner]?.S),
    ...defined("checkpointOwner", item[ATTRIBUTES.checkpointOwner]?.S),
    ...defined("nativeOwner", item[ATTRIBUTES.nativeOwner]?.S),
    ...defined("wantedBy", item[ATTRIBUTES.wantedBy]?.S),
    ...defined("initialTimestampMs", readNumber(item, ATTRIBUTES.initialTimestampMs)),
    ...defined("latestSinceMs", readNumber(item, ATTRIBUTES.latestSinceMs)),
  });
}

/** Both attributes of a position. */
export function checkpointOf({ sequenceNumber, subSequenceNumber }: Position): LeaseItem {
  return {
    [ATTRIBUTES.checkpoint]: { S: sequenceNumber },
    [ATTRIBUTES.checkpointSub]: { N: subSequenceNumber.toString() },
  };
}

function readCheckpoint(item: LeaseItem): Position {
  return {
    sequenceNumber: item[ATTRIBUTES.checkpoint]?.S ?? "TRIM_HORIZON",
    subSequenceNumber: readNumber(item, ATTRIBUTES.checkpointSub) ?? 0,
  };
}

/** A range of a single hash key is left out: one such item keeps every worker of the KCL 2.x from listing. */
function rangeOf(range: HashKeyRange | undefined): LeaseItem {
  if (range === undefined || range.start >= range.end) return {};
  return {
    ...textOf(ATTRIBUTES.startingHashKey, range.start.toString()),
    ...textOf(ATTRIBUTES.endingHashKey, range.end.toString()),
  };
}

/** Texts that are no range are passed over: one odd item must not stop everybody from listing. */
function readRange(item: LeaseItem): { readonly hashKeyRange?: HashKeyRange } {
  const start = parseExplicitHashKey(item[ATTRIBUTES.startingHashKey]?.S ?? "");
  const end = parseExplicitHashKey(item[ATTRIBUTES.endingHashKey]?.S ?? "");
  if (start === undefined || end === undefined || start > end) return {};
  return { hashKeyRange: { start, end } };
}

function readNumber(item: LeaseItem, name: string): number | undefined {
  const text = item[name]?.N;
  return text === undefined ? undefined : Number(text);
}

function textOf(name: string, text: string | undefined): LeaseItem {
  return text === undefined ? {} : { [name]: { S: text } };
}

function numberOf(name: string, value: number | undefined): LeaseItem {
  return value === undefined ? {} : { [name]: { N: value.toString() } };
}

function setOf(name: string, values: readonly string[]): LeaseItem {
  return values.length === 0 ? {} : { [name]: { SS: [...values] } };
}

function defined<Key extends string, T>(key: Key, value: T | undefined): { [K in Key]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]?: T });
}
