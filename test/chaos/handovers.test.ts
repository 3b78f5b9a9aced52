import { expect, it } from "vitest";
import type { JournalLine } from "./chaos-messages.ts";
import { handoffsOf, takeoversOf } from "./handovers.ts";
import type { Entry, WorkerProcess } from "./worker-fleet.ts";

const SHARD = "shard-0";
const before = worker("worker-1", 1);
const after = worker("worker-2", 2);

function worker(name: string, pid: number): WorkerProcess {
  return { name, pid, shardIds: new Set() };
}

function taken(process: WorkerProcess, atMs: number): Entry {
  return { kind: "taken", process, atMs, shardId: SHARD, epoch: atMs, from: undefined };
}

function began(process: WorkerProcess, atMs: number): Entry {
  return { kind: "began", process, atMs, shardId: SHARD, epoch: 1 };
}

function line(process: WorkerProcess, atMs: number, rest: Omit<JournalLine, "atMs">): Entry {
  return { ...rest, process, atMs, shardId: SHARD } as Entry;
}

it("chaos: a takeover lasts from the blow to the lease and to the first record at another worker", () => {
  const entries = [taken(before, 1), began(before, 2), taken(after, 30), began(after, 45)];
  const blow = { atMs: 10, process: before };
  expect(takeoversOf(entries, [blow], [{ fromMs: 60, untilMs: 70 }])).toEqual([
    { shardId: SHARD, blow, leaseMs: 20, recordMs: 35, isCalm: true },
  ]);
  expect(takeoversOf(entries, [blow], [{ fromMs: 5, untilMs: 12 }])[0]?.isCalm).toBe(false);
});

it("chaos: what a stopped worker keeps, or no longer had, is not taken over", () => {
  const kept = [taken(before, 1), began(before, 20), taken(after, 30)];
  expect(takeoversOf(kept, [{ atMs: 10, process: before }], [])).toEqual([]);
  const given = [
    taken(before, 1),
    line(before, 5, { kind: "released", shardId: SHARD }),
    taken(after, 30),
  ];
  expect(takeoversOf(given as Entry[], [{ atMs: 10, process: before }], [])).toEqual([]);
});

it("chaos: the gap of a handoff lasts from the last return to the first delivery at the one it was handed to", () => {
  const handed = (to: string): Entry[] => [
    taken(before, 1),
    began(before, 2),
    { kind: "handled", process: before, atMs: 5, shardId: SHARD, records: [], isPushed: false },
    { kind: "released", process: before, atMs: 7, shardId: SHARD, to },
    taken(after, 9),
    began(after, 12),
  ];
  expect(handoffsOf(handed("worker-2"), [])).toEqual([{ gapMs: 7, isCalm: true }]);
  expect(handoffsOf(handed("worker-2"), [{ fromMs: 6, untilMs: 8 }])[0]?.isCalm).toBe(false);
  expect(handoffsOf(handed("worker-3"), [])).toEqual([]);
});
