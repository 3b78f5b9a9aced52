// Pure: what the lanes offer and the time -> the next PutRecords, or when to look again.
import type { ShareRoom } from "./lane-limiter.ts";

/** What a lane could send. */
export interface LaneOffer<Lane> {
  readonly lane: Lane;
  /** When what it holds should leave: full, old, flushed or returned means in the past. */
  readonly dueAtMs: number;
  /** What it holds waits only for others to fill a call with. */
  readonly fillsCalls: boolean;
  /** When its backoff lets the first carrier pass. */
  readonly opensAtMs: number;
  /** When its oldest record was put: the oldest goes first. */
  readonly oldestAtMs: number;
  /** Bytes of each carrier that could leave, in the order in which they must. */
  readonly sizes: readonly number[];
  /** Its first carriers may share a call only with others of this trial; if it is absent, only with such as have none. */
  readonly trial: symbol | undefined;
  /** The same for lanes that lead to the same shard. */
  readonly share: ShareRoom;
}

/** What one PutRecords call may hold. */
export interface BatchLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
  /** Of lanes with the same share; one carrier may be larger. */
  readonly maxBytesPerShare: number;
  /** Lanes that fall due so soon go along with a call that leaves anyway. */
  readonly lingerMs: number;
}

export type BatchPlan<Lane> =
  | { readonly kind: "send"; readonly picks: readonly LanePick<Lane>[] }
  | { readonly kind: "wait"; readonly untilMs: number }
  | { readonly kind: "idle" };

/** How many carriers to take from a lane. */
export interface LanePick<Lane> {
  readonly lane: Lane;
  readonly count: number;
}

/** Plans the next call. */
export function planBatch<Lane>(
  offers: readonly LaneOffer<Lane>[],
  nowMs: number,
  limits: BatchLimits,
): BatchPlan<Lane> {
  const open = offers.filter((offer) => offer.opensAtMs <= nowMs);
  const due = open.filter((offer) => offer.dueAtMs <= nowMs);
  const ready = (due.length > 0 ? due : callful(open, limits)).toSorted(byAge);
  const [oldest] = ready;
  if (oldest === undefined) return lookAgain(offers);
  const chosen = new Set(ready);
  const soon = open.filter(
    (offer) => offer.dueAtMs <= nowMs + limits.lingerMs && !chosen.has(offer),
  );
  const together = [...ready, ...soon.sort(byAge)].filter(({ trial }) => trial === oldest.trial);
  return { kind: "send", picks: fill(together, limits).picks };
}

/** The offers that only wait until there is enough for a whole call, if there is. */
function callful<Lane>(
  offers: readonly LaneOffer<Lane>[],
  limits: BatchLimits,
): readonly LaneOffer<Lane>[] {
  const filling = offers.filter(({ fillsCalls }) => fillsCalls);
  return fill(filling, limits).isFull ? filling : [];
}

function byAge(a: LaneOffer<unknown>, b: LaneOffer<unknown>): number {
  return a.oldestAtMs - b.oldestAtMs;
}

function lookAgain<Lane>(offers: readonly LaneOffer<Lane>[]): BatchPlan<Lane> {
  if (offers.length === 0) return { kind: "idle" };
  const times = offers.map(({ dueAtMs, opensAtMs }) => Math.max(dueAtMs, opensAtMs));
  return { kind: "wait", untilMs: Math.min(...times) };
}

/** What of some offers goes into a call, and whether nothing more would. */
interface Filling<Lane> {
  readonly picks: readonly LanePick<Lane>[];
  readonly isFull: boolean;
}

/** Takes from each offer what still fits; a carrier larger than a whole call leaves by itself. */
function fill<Lane>(offers: readonly LaneOffer<Lane>[], limits: BatchLimits): Filling<Lane> {
  const picks: LanePick<Lane>[] = [];
  let entries = 0;
  let bytes = 0;
  let isFull = false;
  const shares = new Map<ShareRoom, ShareUse>();
  for (const { lane, sizes, share } of offers) {
    let count = 0;
    const use = shares.get(share) ?? { records: 0, bytes: 0 };
    shares.set(share, use);
    for (const size of sizes) {
      if (isOver(use, size, share, limits)) break;
      const isTooMuch = entries + 1 > limits.maxRecords || bytes + size > limits.maxBytes;
      isFull ||= isTooMuch;
      if (isTooMuch && entries > 0) break;
      entries += 1;
      bytes += size;
      use.records += 1;
      use.bytes += size;
      count += 1;
    }
    if (count > 0) picks.push({ lane, count });
  }
  return { picks, isFull: isFull || entries === limits.maxRecords || bytes === limits.maxBytes };
}

interface ShareUse {
  records: number;
  bytes: number;
}

/** Whether a carrier more of a share would be too much, which the first never is. */
function isOver(use: ShareUse, size: number, room: ShareRoom, limits: BatchLimits): boolean {
  if (use.records === 0) return false;
  const bytes = use.bytes + size;
  return use.records + 1 > room.records || bytes > room.bytes || bytes > limits.maxBytesPerShare;
}

/** When to plan again, if there is nothing to send. */
export function nextLookMs(plan: Exclude<BatchPlan<unknown>, { kind: "send" }>): number {
  return plan.kind === "wait" ? plan.untilMs : Number.POSITIVE_INFINITY;
}
