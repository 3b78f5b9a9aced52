// A third worker comes to a fleet of two, gets its share, and leaves in one way or another.
import type { Fleet, Handled, Worker } from "./fleet.ts";
import { SHARDS } from "./messages.ts";
import type { Stage } from "./stages.ts";

/** Two workers share the stream, of each kind. */
export async function shareAll(stages: readonly Stage[]): Promise<void> {
  await Promise.all(stages.map(({ fleet }) => share(fleet)));
}

async function share(fleet: Fleet): Promise<void> {
  // One after the other: of two workers of the KCL 3.5 that begin a fleet together one gives up.
  while (fleet.counts.length < 2) {
    await fleet.start();
    await untilShared(fleet, fleet.counts.length);
  }
}

function untilShared(fleet: Fleet, workers: number): Promise<void> {
  return fleet.until(`${workers} share the stream`, () => isShared(fleet, workers));
}

function isShared({ counts }: Fleet, workers: number): boolean {
  return counts.length === workers && counts.every((count) => count === SHARDS / workers);
}

interface Welcome {
  readonly newcomer: Worker;
  /** The longest for which records of a shard were handled by neither. */
  readonly gapMs: number;
}

/** A third worker comes, and is handed its share. */
export async function welcome(fleet: Fleet): Promise<Welcome> {
  await untilShared(fleet, 2);
  await fleet.takeHandled();
  // Whoever hands over at once may not have read a shard since: a gap begins with a record of before.
  await fleet.until("every shard is read", () => shardsOf(fleet.handled).size === SHARDS);
  const newcomer = await fleet.start();
  const isAtWork = (shardId: string): boolean =>
    fleet.handled.some((one) => one.worker === newcomer && one.shardId === shardId);
  await fleet.until("a third has its share", () => {
    return isShared(fleet, 3) && [...newcomer.held].every(isAtWork);
  });
  const handled = await fleet.takeHandled();
  const gapsMs = [...newcomer.held].map((shardId) => {
    const here = handled.filter((one) => one.shardId === shardId);
    const first = timeOf(here.find(isBy(newcomer)));
    return first - timeOf(here.findLast((one) => !isBy(newcomer)(one) && one.atMs < first));
  });
  return { newcomer, gapMs: Math.max(...gapsMs) };
}

/** Until others handle records of every shard that a worker had. */
export async function timeToOthersMs(
  fleet: Fleet,
  worker: Worker,
  end: () => number,
): Promise<number> {
  const shardIds = [...worker.held];
  const endedAtMs = end();
  const firstOf = (shardId: string, handled: readonly Handled[]): Handled | undefined =>
    handled.find((one) => one.shardId === shardId && one.worker !== worker && one.atMs > endedAtMs);
  await fleet.until("others read on", () =>
    shardIds.every((shardId) => firstOf(shardId, fleet.handled) !== undefined),
  );
  const handled = await fleet.takeHandled();
  return Math.max(...shardIds.map((shardId) => timeOf(firstOf(shardId, handled)))) - endedAtMs;
}

function shardsOf(handled: readonly Handled[]): ReadonlySet<string> {
  return new Set(handled.map(({ shardId }) => shardId));
}

function isBy(worker: Worker): (one: Handled) => boolean {
  return (one) => one.worker === worker;
}

function timeOf(one: Handled | undefined): number {
  return one?.atMs ?? Number.NaN;
}
