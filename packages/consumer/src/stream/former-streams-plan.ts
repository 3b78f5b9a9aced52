// Pure: looks at the lease table -> leases of streams that nobody reads any more. That a worker does not name a stream is
// not enough, because others may: nobody may have written to any of its leases, either.
import type { Lease } from "../lease/lease.ts";
import { parseStreamName, streamNameOfKey } from "../lease/lease-key.ts";
import type { StreamSettings } from "./stream-settings.ts";

/** One answer without a stream may be a mistake, and so may the next. */
const MIN_LOOKS = 3;

/** How a stream's leases stood, and since when. */
export interface FormerStream {
  readonly sinceMs: number;
  /** How often in a row they were seen so. */
  readonly looks: number;
  readonly leases: readonly Lease[];
}

export type FormerStreamsView = ReadonlyMap<string, FormerStream>;

/** Whether a stream of the lease table is one of those that are named; in doubt it is. */
function isNamed(streamName: string, named: readonly StreamSettings[]): boolean {
  const identifier = parseStreamName(streamName);
  return named.some(({ stream, streamName: given }) => {
    if (given !== undefined) return given === streamName;
    const isOfAccount = stream.account === undefined || stream.account === identifier?.account;
    return stream.name === identifier?.name && isOfAccount;
  });
}

/** The streams that are not named, by a look, and since when nothing of them has changed. */
export function noteFormer(
  leases: readonly Lease[],
  named: readonly StreamSettings[],
  before: FormerStreamsView,
  nowMs: number,
): FormerStreamsView {
  const groups = new Map<string, Lease[]>();
  for (const lease of leases) {
    const streamName = streamNameOfKey(lease.key);
    if (streamName === undefined || isNamed(streamName, named)) continue;
    const group = groups.get(streamName);
    if (group === undefined) groups.set(streamName, [lease]);
    else group.push(lease);
  }
  const former = Array.from(groups, ([streamName, group]): [string, FormerStream] => {
    const known = before.get(streamName);
    const isSame = known !== undefined && fingerprint(known.leases) === fingerprint(group);
    if (!isSame) return [streamName, { leases: group, sinceMs: nowMs, looks: 1 }];
    return [streamName, { leases: group, sinceMs: known.sinceMs, looks: known.looks + 1 }];
  });
  return new Map(former);
}

/** Those that have stood still for long enough. */
export function dueFormer(
  former: FormerStreamsView,
  deleteAfterMs: number,
  nowMs: number,
): readonly (readonly [streamName: string, leases: readonly Lease[]])[] {
  return [...former].flatMap(([streamName, { leases, looks, sinceMs }]) => {
    const isDue = nowMs - sinceMs >= deleteAfterMs && looks >= MIN_LOOKS;
    return isDue ? [[streamName, leases] as const] : [];
  });
}

function fingerprint(leases: readonly Lease[]): string {
  const lines = leases.map(({ counter, key, owner }) => `${key} ${counter} ${owner ?? ""}`);
  return lines.sort().join("\n");
}
