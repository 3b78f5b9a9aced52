// How long shards went unread when they changed hands: after a crash, and when they were handed over in good order.
import type { Entry, WorkerProcess } from "./worker-fleet.ts";

/** A worker was killed or stood still. */
export interface Blow {
  readonly atMs: number;
  readonly process: WorkerProcess;
}

/** A time in which some calls went wrong. */
export interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Another worker got a shard whose worker was struck. */
export interface Takeover {
  readonly shardId: string;
  readonly blow: Blow;
  /** From the blow to the new lease, in ms. */
  readonly leaseMs: number;
  /** From the blow to the first record, if one was left. */
  readonly recordMs: number | undefined;
  /** Whether no call went wrong all the while. */
  readonly isCalm: boolean;
}

/** A shard was handed over in good order. */
export interface Handoff {
  /** From the last return of the old worker's handler to the first delivery at the new one. */
  readonly gapMs: number;
  readonly isCalm: boolean;
}

/** What befell each shard that a struck worker held; those that it kept, or that had ended, are left out. */
export function takeoversOf(
  entries: readonly Entry[],
  blows: readonly Blow[],
  faulty: readonly Span[],
): Takeover[] {
  return blows.flatMap((blow) =>
    heldAt(entries, blow).flatMap((shardId) => {
      const after = entries.filter((entry) => entry.atMs > blow.atMs && entry.shardId === shardId);
      const next = after.find(
        ({ kind }) => kind === "taken" || kind === "began" || kind === "ended",
      );
      if (next?.kind !== "taken" || next.process === blow.process) return [];
      const first = after.find(({ kind }) => kind === "began");
      const isCalm = isCalmBetween(blow.atMs, next.atMs, faulty);
      const recordMs = first === undefined ? undefined : first.atMs - blow.atMs;
      return [{ shardId, blow, leaseMs: next.atMs - blow.atMs, recordMs, isCalm }];
    }),
  );
}

/** Planned handoffs; left out where the new worker did not come to deliver. */
export function handoffsOf(entries: readonly Entry[], faulty: readonly Span[]): Handoff[] {
  const handoffs: Handoff[] = [];
  const returned = new Map<string, Entry>();
  const handed = new Map<string, { readonly to: string; readonly lastMs: number }>();
  for (const entry of entries) {
    const { atMs, kind, process, shardId } = entry;
    if (kind === "handled") returned.set(shardId, entry);
    if (kind === "released") {
      const last = returned.get(shardId);
      if (entry.to === undefined || last?.process !== process) handed.delete(shardId);
      else handed.set(shardId, { to: entry.to, lastMs: last.atMs });
    }
    if (kind === "began") {
      const handoff = handed.get(shardId);
      if (handoff?.to === process.name) {
        const isCalm = isCalmBetween(handoff.lastMs, atMs, faulty);
        handoffs.push({ gapMs: atMs - handoff.lastMs, isCalm });
      }
      handed.delete(shardId);
    }
  }
  return handoffs;
}

/** Shards whose leases a process had at the time of a blow, by its own account. */
function heldAt(entries: readonly Entry[], { atMs, process }: Blow): string[] {
  const held = new Set<string>();
  for (const entry of entries) {
    if (entry.atMs > atMs) break;
    if (entry.process !== process) continue;
    if (entry.kind === "taken") held.add(entry.shardId);
    if (entry.kind === "lost" || entry.kind === "released" || entry.kind === "ended") {
      held.delete(entry.shardId);
    }
  }
  return [...held];
}

function isCalmBetween(sinceMs: number, untilMs: number, faulty: readonly Span[]): boolean {
  return !faulty.some((span) => span.fromMs < untilMs && span.untilMs > sinceMs);
}
