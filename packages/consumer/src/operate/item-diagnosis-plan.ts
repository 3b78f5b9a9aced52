// Pure: what single items of a lease table tell: halts, items that cannot be read, and items of the KCL 3.x.
import { isForeign } from "../lease/lease.ts";
import type { ForeignItem } from "../lease/lease-table.ts";
import type { Finding } from "./finding.ts";
import { haltOf } from "./halt-plan.ts";
import { ownersOf } from "./liveness-plan.ts";
import type { Look, Snapshot } from "./snapshot.ts";

/** States of a fleet that follows the protocol of the KCL 3.x. */
const KCL3_STATES: ReadonlySet<string> = new Set([
  "CLIENT_VERSION_3X",
  "CLIENT_VERSION_3X_WITH_ROLLBACK",
]);
const MIGRATION = "Migration3.0";
const LEADER = "Leader";

/** Shards that rest at a record which keeps failing. */
export function findHaltedShards({ later }: Snapshot): readonly Finding[] {
  return later.listing.leases.flatMap((lease) => {
    const at = haltOf(lease);
    if (at === undefined) return [];
    const { owner = "nobody", shardId } = lease;
    return {
      kind: "shard-halted",
      severity: "wrong",
      subjects: [shardId],
      what: `${shardId} is halted at record ${at.sequenceNumber}/${at.subSequenceNumber}; its owner is ${owner}`,
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
    why: "another program has written it; nobody reads its shard, and one such item keeps a whole fleet of the KCL 2.x from work",
    advice:
      "correct the attribute; or delete the item, if it may be read again from startAt: the worker that leads then creates " +
      "its lease anew",
  }));
}

/** A fleet of the KCL 3.x, at work or not. */
export function findForeignProtocol({ earlier, later }: Snapshot): readonly Finding[] {
  const items = later.foreign;
  if (items.length === 0) return [];
  const state = itemOf(later, MIGRATION)?.attributes["cv"];
  const isMoving =
    leaderVersion(earlier) !== leaderVersion(later) || foreignersMove(earlier, later);
  const isLive = isMoving && state !== undefined && KCL3_STATES.has(state);
  const keys = items.map(({ key }) => key);
  const what =
    `the table has ${keys.length} items of the KCL 3.x (${keys.slice(0, 5).join(", ")})` +
    (state === undefined ? "" : `, whose fleet is in state ${state}`);
  return [
    isLive
      ? {
          kind: "foreign-protocol",
          severity: "wrong",
          subjects: keys,
          what,
          why: "workers of the KCL 3.x are at work: their leader assigns leases, and workers that take leases by themselves disturb it",
          advice:
            "let only one of the two run: stop the workers of the KCL before those of Shardline start, or give these an " +
            "application of their own",
        }
      : {
          kind: "foreign-protocol",
          severity: "notice",
          subjects: keys,
          what,
          why: "workers of the KCL 3.x were here; none was seen to follow its protocol now",
          advice: "nothing: the items are left alone, and a fleet of the KCL could go on with them",
        },
  ];
}

function leaderVersion(look: Look): string | undefined {
  return itemOf(look, LEADER)?.attributes["recordVersionNumber"];
}

function itemOf({ foreign }: Look, key: string): ForeignItem | undefined {
  return foreign.find((item) => item.key === key);
}

function foreignersMove(earlier: Look, later: Look): boolean {
  return ownersOf(earlier.listing.leases, later.listing.leases).some(({ moving }) => {
    return moving.some(isForeign);
  });
}
