// The attributes of the KCL's lease table (KCL 2.7 and 3.5, DynamoDBLeaseSerializer). Ours are prefixed x-, which the
// KCL leaves alone.
import type { AttributeValue } from "@aws-sdk/client-dynamodb";

/** An item, attribute by attribute. */
export type LeaseItem = Record<string, AttributeValue>;

/** Attribute names. */
export const ATTRIBUTES = {
  key: "leaseKey",
  /** Both beside keys that are more than a shard id, as in tables of many streams. */
  shardId: "shardId",
  streamName: "streamName",
  counter: "leaseCounter",
  owner: "leaseOwner",
  checkpointOwner: "checkpointOwner",
  ownerSwitches: "ownerSwitchesSinceCheckpoint",
  checkpoint: "checkpoint",
  checkpointSub: "checkpointSubSequenceNumber",
  pendingCheckpoint: "pendingCheckpoint",
  pendingCheckpointSub: "pendingCheckpointSubSequenceNumber",
  pendingCheckpointState: "pendingCheckpointState",
  /** A set of shard ids, for all that its name says. */
  parentShardIds: "parentShardId",
  childShardIds: "childShardIds",
  startingHashKey: "startingHashKey",
  endingHashKey: "endingHashKey",
  entityType: "entityType",
  initialTimestampMs: "x-initialTimestamp",
  latestSinceMs: "x-latestSince",
  streamEpoch: "x-streamEpoch",
  nativeOwner: "x-owner",
  epoch: "x-epoch",
  wantedBy: "x-wantedBy",
  wantedAtMs: "x-wantedAt",
  releaseNotice: "x-released",
  haltedAt: "x-haltedAt",
  haltedAtSub: "x-haltedAtSub",
} as const;

/** The entity type of a lease, where an item says one. */
export const LEASE_ENTITY = "LEASE";
