// Lease -> DynamoDB item. The way back: dynamodb-lease-reading.ts.
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import type { HashKeyRange, Position } from "@shardline/core";
import { ATTRIBUTES, type LeaseItem } from "./dynamodb-lease-attributes.ts";
import type { Lease, PendingCheckpoint } from "./lease.ts";

/** The item of a lease. Empty sets are left out: DynamoDB refuses them. */
export function itemOf(lease: Lease): LeaseItem {
  const attributes = {
    [ATTRIBUTES.key]: { S: lease.key },
    [ATTRIBUTES.shardId]: textOf(lease.shardId === lease.key ? undefined : lease.shardId),
    [ATTRIBUTES.streamName]: textOf(lease.streamName),
    [ATTRIBUTES.counter]: numberOf(lease.counter),
    [ATTRIBUTES.ownerSwitches]: numberOf(lease.ownerSwitches),
    [ATTRIBUTES.owner]: textOf(lease.owner),
    [ATTRIBUTES.checkpointOwner]: textOf(lease.checkpointOwner),
    [ATTRIBUTES.parentShardIds]: setOf(lease.parentShardIds),
    [ATTRIBUTES.childShardIds]: setOf(lease.childShardIds),
    [ATTRIBUTES.initialTimestampMs]: numberOf(lease.initialTimestampMs),
    [ATTRIBUTES.latestSinceMs]: numberOf(lease.latestSinceMs),
    [ATTRIBUTES.streamEpoch]: numberOf(lease.streamEpoch),
    [ATTRIBUTES.nativeOwner]: textOf(lease.nativeOwner),
    [ATTRIBUTES.epoch]: numberOf(lease.epoch),
    [ATTRIBUTES.wantedBy]: textOf(lease.wantedBy),
    [ATTRIBUTES.releaseNotice]: textOf(lease.releaseNotice),
    ...checkpointAttributes(lease.checkpoint),
    ...(lease.pendingCheckpoint && pendingAttributes(lease.pendingCheckpoint)),
    ...(lease.haltedAt && haltAttributes(lease.haltedAt)),
    ...rangeAttributes(lease.hashKeyRange),
  };
  const present = Object.entries(attributes).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as LeaseItem;
}

/** Both attributes of a position. */
export function checkpointAttributes(checkpoint: Position): LeaseItem {
  return positionAttributes(checkpoint, ATTRIBUTES.checkpoint, ATTRIBUTES.checkpointSub);
}

/** The attributes of a prepared checkpoint; its state may be absent. */
export function pendingAttributes({ position, state }: PendingCheckpoint): LeaseItem {
  const { pendingCheckpoint, pendingCheckpointState, pendingCheckpointSub } = ATTRIBUTES;
  return {
    ...positionAttributes(position, pendingCheckpoint, pendingCheckpointSub),
    ...(state === undefined ? {} : { [pendingCheckpointState]: { B: state } }),
  };
}

/** Both attributes of the place where a shard is halted. */
export function haltAttributes(haltedAt: Position): LeaseItem {
  return positionAttributes(haltedAt, ATTRIBUTES.haltedAt, ATTRIBUTES.haltedAtSub);
}

/** A range of a single hash key is left out: one such item keeps every worker of the KCL 2.x from listing. */
export function rangeAttributes(range: HashKeyRange | undefined): LeaseItem {
  if (range === undefined || range.start >= range.end) return {};
  return {
    [ATTRIBUTES.startingHashKey]: { S: range.start.toString() },
    [ATTRIBUTES.endingHashKey]: { S: range.end.toString() },
  };
}

function positionAttributes(position: Position, name: string, subName: string): LeaseItem {
  const { sequenceNumber, subSequenceNumber } = position;
  return { [name]: { S: sequenceNumber }, [subName]: { N: subSequenceNumber.toString() } };
}

function textOf(text: string | undefined): AttributeValue | undefined {
  return text === undefined ? undefined : { S: text };
}

function numberOf(value: number | undefined): AttributeValue | undefined {
  return value === undefined ? undefined : { N: value.toString() };
}

function setOf(values: readonly string[]): AttributeValue | undefined {
  return values.length === 0 ? undefined : { SS: [...values] };
}
