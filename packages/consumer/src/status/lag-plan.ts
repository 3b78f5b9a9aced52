// Pure: from which lag on there is a warning, and when the warning is over.

/** A shard that was warned of is fine again once it has come down to this part of the warning. */
const RECOVERED_SHARE = 0.5;
/** The warning where none is configured, as a part of what the stream keeps. */
const RETENTION_SHARE = 0.5;

/** How far a shard lags behind. */
export interface ShardLag {
  readonly shardId: string;
  /** `undefined` while unknown. */
  readonly lagMs: number | undefined;
}

/** What is to be told. */
export interface LagNews {
  readonly exceeded: readonly { readonly shardId: string; readonly lagMs: number }[];
  readonly recovered: readonly { readonly shardId: string; readonly lagMs: number }[];
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
export function planLagNews(
  lags: readonly ShardLag[],
  warned: ReadonlySet<string>,
  warningMs: number,
): LagNews {
  const exceeded = [];
  const recovered = [];
  const next = new Set<string>();
  for (const { lagMs, shardId } of lags) {
    const wasWarned = warned.has(shardId);
    const isOver = lagMs !== undefined && lagMs > warningMs;
    const isFine = lagMs !== undefined && lagMs <= RECOVERED_SHARE * warningMs;
    if (isOver && !wasWarned) exceeded.push({ shardId, lagMs });
    if (isFine && wasWarned) recovered.push({ shardId, lagMs });
    if (isOver || (wasWarned && !isFine)) next.add(shardId);
  }
  return { exceeded, recovered, warned: next };
}
