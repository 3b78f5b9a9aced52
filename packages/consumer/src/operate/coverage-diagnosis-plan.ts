// Pure: what of the stream nobody reads or will read, and leases that belong to another stream.
import { type HashKeyRange, isOpen, type Shard } from "@shardline/core";
import type { Lease } from "../lease/lease.ts";
import { holesOf, leasesWithoutRange } from "../shard/coverage-plan.ts";
import {
  leasesBeyond,
  leasesOfAnotherTime,
  leasesProvenWrong,
} from "../shard/stream-identity-plan.ts";
import type { Finding } from "./finding.ts";
import type { Snapshot } from "./snapshot.ts";

/** There are no leases at all. */
export function findNoLeases({ later }: Snapshot): readonly Finding[] {
  const { leases, unreadable } = later.listing;
  if (leases.length + unreadable.length > 0) return [];
  return [
    {
      kind: "no-leases",
      severity: "notice",
      subjects: [],
      what: "the lease table holds no leases",
      why: "no worker of the application has started yet, or its leases were deleted",
      advice: "start a worker: it creates the leases, and begins at its startAt",
    },
  ];
}

/** Hash keys that no lease covers, in both looks: a reshard leaves some for a moment. */
export function findHoles({ earlier, later, stream }: Snapshot): readonly Finding[] {
  const shards = stream?.shards ?? [];
  const before = new Map(groupsOf(earlier.listing.leases));
  return groupsOf(later.listing.leases).flatMap(([streamName, leases]) => {
    // The shards of a stream that was named tell nothing of those of many.
    const known = streamName === "" ? shards : [];
    const holesBefore = knownHoles(before.get(streamName) ?? leases, known) ?? [];
    const holes = knownHoles(leases, known) ?? [];
    return holes
      .filter((hole) => holesBefore.some((other) => overlap(hole, other)))
      .map((hole) => holeFinding(hole, known, streamName));
  });
}

/** The stream was deleted and created again since the leases were made. */
export function findRecreation({ earlier, later, stream }: Snapshot): readonly Finding[] {
  // Leases of many streams say in their keys which they are of.
  const leases = later.listing.leases.filter(({ streamName }) => streamName === undefined);
  if (stream === undefined) return [];
  const old = stream.epoch === undefined ? [] : leasesOfAnotherTime(leases, stream.epoch);
  // The shards were listed after the first look: what was there by then can be no shard that is newer.
  const beyond = new Set(leasesBeyond(earlier.listing.leases, stream.shards).map(({ key }) => key));
  const wrong = new Set([
    ...old,
    ...leasesProvenWrong(leases, stream.shards),
    ...leases.filter(({ key }) => beyond.has(key)),
  ]);
  if (wrong.size === 0) return [];
  return [
    {
      kind: "stream-recreated",
      severity: "wrong",
      subjects: Array.from(wrong, ({ shardId }) => shardId),
      what: `${wrong.size} of ${leases.length} leases do not belong to the stream of that name`,
      why: "the stream was deleted and created again, or another stream was named: positions of one mean nothing in the other",
      advice:
        'check the name of the stream; if it was created again, run a worker with sync.onStreamRecreated: "reset", which ' +
        "deletes those leases and begins at startAt",
    },
  ];
}

/** By stream, in a table of many; otherwise one. */
function groupsOf(leases: readonly Lease[]): [string, readonly Lease[]][] {
  const groups = new Map<string, Lease[]>();
  for (const lease of leases) {
    const name = lease.streamName ?? "";
    groups.set(name, [...(groups.get(name) ?? []), lease]);
  }
  return [...groups];
}

/** `undefined` where the range of a lease is known to nobody. */
function knownHoles(
  leases: readonly Lease[],
  shards: readonly Shard[],
): readonly HashKeyRange[] | undefined {
  const ranges = new Map(shards.map(({ hashKeyRange, shardId }) => [shardId, hashKeyRange]));
  const filled = leases.map((lease) => {
    const range = lease.hashKeyRange ?? ranges.get(lease.shardId);
    return range === undefined ? lease : { ...lease, hashKeyRange: range };
  });
  return leasesWithoutRange(filled).length > 0 ? undefined : holesOf(filled);
}

function holeFinding(hole: HashKeyRange, shards: readonly Shard[], streamName: string): Finding {
  const open = shards.filter((shard) => {
    return isOpen(shard) && shard.hashKeyRange !== undefined && overlap(shard.hashKeyRange, hole);
  });
  const names = open.map(({ shardId }) => shardId);
  return {
    kind: "hash-range-hole",
    severity: "wrong",
    subjects: names,
    what:
      `no lease covers the hash keys ${hole.start} to ${hole.end}` +
      (streamName === "" ? "" : ` of ${streamName}`) +
      (names.length === 0 ? "" : `, which are those of ${names.join(", ")}`),
    why: "a lease was deleted, or cannot be read, or a worker was lost between a shard's end and the leases of its children",
    advice:
      "run a worker: the one that leads creates missing leases within two minutes, which begin with the first record where " +
      "a parent's lease has ended, and at startAt otherwise; mend items that cannot be read first",
  };
}

function overlap(a: HashKeyRange, b: HashKeyRange): boolean {
  return a.start <= b.end && b.start <= a.end;
}
