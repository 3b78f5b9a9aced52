// Pure: from which lag on there is a warning, and when the warning is over.
import { placeNameOf, type ShardPlace } from "../shard/shard-place.ts";

/** A shard that was warned of is fine again once it has come down to this part of the warning. */
const RECOVERED_SHARE = 0.5;
/** The warning where none is configured, as a part of what the stream keeps. */
const RETENTION_SHARE = 0.5;

/** How far a shard lags behind. */
export interface ShardLag extends ShardPlace {
  /** `undefined` while unknown. */
  readonly lagMs: number | undefined;
  /** The lag to warn of. */
  readonly warningMs: number;
}

/** A shard and how late it is. */
type KnownLag = Omit<ShardLag, "stream"> & { readonly stream?: string; readonly lagMs: number };

/** What is to be told. */
export interface LagNews {
  readonly exceeded: readonly KnownLag[];
  readonly recovered: readonly Omit<KnownLag, "warningMs">[];
  /** The shards that there is a warning of now. */
  readonly warned: ReadonlySet<string>;
}

/** The lag to warn of; `undefined` where nobody has said, and the retention period is unknown. */
export function lagWarningOf(
  configuredMs: number | undefined,
  retentionMs: number | undefined,
): number | undefined {
  return configuredMs ?? (retentionMs === undefined ? undefined : RETENTION_SHARE * retentionMs);
}

/** What has changed since `warned`; shards that are not there any more are forgotten. */
export function planLagNews(lags: readonly ShardLag[], warned: ReadonlySet<string>): LagNews {
  const exceeded = [];
  const recovered = [];
  const next = new Set<string>();
  for (const lag of lags) {
    const { lagMs, shardId, stream, warningMs } = lag;
    const place = stream === undefined ? { shardId } : { shardId, stream };
    const name = placeNameOf(lag);
    const wasWarned = warned.has(name);
    const isOver = lagMs !== undefined && lagMs > warningMs;
    const isFine = lagMs !== undefined && lagMs <= RECOVERED_SHARE * warningMs;
    if (isOver && !wasWarned) exceeded.push({ ...place, lagMs, warningMs });
    if (isFine && wasWarned) recovered.push({ ...place, lagMs });
    if (isOver || (wasWarned && !isFine)) next.add(name);
  }
  return { exceeded, recovered, warned: next };
}
