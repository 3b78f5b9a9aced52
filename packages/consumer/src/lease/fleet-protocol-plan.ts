// Pure: what a look at the lease table tells of a fleet of the KCL 3.x. Its leader hands out the leases, and a worker
// that takes some by itself would disturb it. What such a fleet has left behind when it was stopped disturbs nobody.
import { actualOwner, isForeign, type Lease } from "./lease.ts";

/** An item beside the leases. */
interface Item {
  readonly key: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** One look. */
export interface FleetSigns {
  /** Whether the workers of the KCL, if there are any, follow the rules of 3.x. */
  readonly isVersion3: boolean;
  /** What the leader writes anew with each heartbeat, for each place where a leader may be noted. */
  readonly leaderVersions: readonly string[];
  /** The longest time between two heartbeats, in ms; 0 without a leader. */
  readonly heartbeatMs: number;
  /** The counters of leases of KCL workers, by owner and key. */
  readonly counters: ReadonlyMap<string, number>;
}

const VERSIONS_3 = ["CLIENT_VERSION_3X", "CLIENT_VERSION_3X_WITH_ROLLBACK"];
/** The KCL's leader lock, where the item does not say. */
const LOCK_MS = 120_000;
/** A lock is renewed so often within its time, at least. */
const HEARTBEATS_PER_LOCK = 3;

/** `beside`: items of the lease table that are no leases; `legacy`: of the table that the KCL 3.0 to 3.4 has for them. */
export function signsOf(
  leases: readonly Lease[],
  beside: readonly Item[],
  legacy: readonly Item[],
): FleetSigns {
  const leaders = [...beside, ...legacy].filter(
    ({ attributes, key }) => key === "Leader" && attributes["isReleased"] === undefined,
  );
  const foreign = leases.filter(isForeign);
  return {
    isVersion3: VERSIONS_3.includes(versionOf(beside) ?? versionOf(legacy) ?? ""),
    leaderVersions: leaders.map(({ attributes }) => attributes["recordVersionNumber"] ?? ""),
    heartbeatMs: Math.max(0, ...leaders.map(heartbeatMsOf)),
    counters: new Map(
      foreign.map((lease) => [`${actualOwner(lease)} ${lease.key}`, lease.counter]),
    ),
  };
}

/** What only a live fleet does between two looks, in words; `undefined` if nothing. */
export function movementBetween(before: FleetSigns, after: FleetSigns): string | undefined {
  if (!after.isVersion3) return undefined;
  const hasHeartbeat = after.leaderVersions.some(
    (version) => !before.leaderVersions.includes(version),
  );
  if (hasHeartbeat) return "its leader gave a sign of life";
  for (const [ownerAndKey, counter] of after.counters) {
    const counterBefore = before.counters.get(ownerAndKey);
    if (counterBefore !== undefined && counter > counterBefore) {
      return `worker ${ownerAndKey.replace(/ (?=\S+$)/, " renewed lease ")}`;
    }
  }
  return undefined;
}

/** How long nothing must move before a fleet counts as stopped, in ms. */
export function watchTimeMs(
  { counters, heartbeatMs, isVersion3 }: FleetSigns,
  failoverMs: number,
): number {
  if (!isVersion3) return 0;
  return Math.max(heartbeatMs, counters.size > 0 ? failoverMs : 0);
}

function versionOf(items: readonly Item[]): string | undefined {
  return items.find(({ key }) => key === "Migration3.0")?.attributes["cv"];
}

function heartbeatMsOf({ attributes }: Item): number {
  const lockMs = Number(attributes["leaseDuration"] ?? LOCK_MS);
  return (lockMs > 0 ? lockMs : LOCK_MS) / HEARTBEATS_PER_LOCK;
}
