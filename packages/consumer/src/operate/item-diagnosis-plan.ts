// Pure: what single items of a lease table tell: halts, items that cannot be read, and items of the KCL 3.x.
import {
  type FleetSigns,
  movementBetween,
  signsOf,
  watchTimeMs,
} from "../lease/fleet-protocol-plan.ts";
import type { Finding } from "./finding.ts";
import { haltOf } from "./halt-plan.ts";
import type { Look, Snapshot } from "./snapshot.ts";

/** Shards that rest at a record which keeps failing. */
export function findHaltedShards({ later }: Snapshot): readonly Finding[] {
  return later.listing.leases.flatMap((lease) => {
    const at = haltOf(lease);
    if (at === undefined) return [];
    const { key, owner = "nobody" } = lease;
    return {
      kind: "shard-halted",
      severity: "wrong",
      subjects: [key],
      what: `${key} is halted at record ${at.sequenceNumber}/${at.subSequenceNumber}; its owner is ${owner}`,
      why: "the handler fails on this record, and nothing is skipped unless that is asked for",
      advice:
        "look for the error in the log of its owner (shardHalted); mend the handler, then consumer.retryShard(shardId) or a " +
        'restart; or leave the record out with consumer.skipRecord(shardId), or onFailure.then: "dead-letter"',
    } as const;
  });
}

/** Items that should be leases. */
export function findUnreadableItems({ later }: Snapshot): readonly Finding[] {
  return later.listing.unreadable.map(({ key, problem }) => ({
    kind: "unreadable-item",
    severity: "wrong",
    subjects: [key],
    what: `the item ${key} cannot be read as a lease: ${problem}`,
    why:
      "another program has written it; nobody reads its shard, the children of it wait, and one such item keeps a whole fleet " +
      "of the KCL 2.x from work",
    advice:
      "correct the attribute, and all goes on where it was; to delete the item has an open shard begin anew at startAt, and " +
      "leaves out what was not read of one whose children have leases",
  }));
}

/** A fleet of the KCL 3.x, at work or not. */
export function findForeignProtocol({ earlier, later, observedMs }: Snapshot): readonly Finding[] {
  const keys = later.foreign.map(({ key }) => key);
  if (keys.length === 0) return [];
  const signs = signsIn(later);
  const movement = movementBetween(signsIn(earlier), signs);
  const found = {
    kind: "foreign-protocol",
    subjects: keys,
    what: `the table has ${keys.length} items of the KCL 3.x: ${keys.slice(0, 5).join(", ")}`,
  } as const;
  if (movement !== undefined) {
    return [
      {
        ...found,
        severity: "wrong",
        why: `a fleet of it is at work, ${movement}: its leader hands out the leases, so workers of Shardline keep out of it`,
        advice:
          "let only one of the two run: stop the workers of the KCL before those of Shardline start, or give these an " +
          "application of their own",
      },
    ];
  }
  const isShort = observedMs < watchTimeMs(signs, observedMs);
  const needed = `; its leader writes every ${signs.heartbeatMs / 1000} s, so look for longer with --failover`;
  return [
    {
      ...found,
      severity: "notice",
      why: `workers of it were here; nothing of them has moved for ${observedMs / 1000} s${isShort ? needed : ""}`,
      advice: "nothing: the items are left alone, and a fleet of the KCL could go on with them",
    },
  ];
}

function signsIn({ foreign, listing }: Look): FleetSigns {
  return signsOf(listing.leases, foreign, []);
}
