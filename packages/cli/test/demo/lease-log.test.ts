import { expect, test } from "vitest";
import { LeaseLog } from "../../src/demo/lease-log.ts";
import { drawTenures } from "../../src/demo/tenure-drawing.ts";
import { styleOf } from "../../src/terminal.ts";

const plain = styleOf({ isTTY: false } as NodeJS.WriteStream, {});

/** Two workers, of which one is killed and another one follows. */
function takeover(): LeaseLog {
  let nowMs = 0;
  const log = new LeaseLog(() => nowMs);
  log.note("worker-1", "shard-0001", true);
  log.note("worker-1", "shard-0002", true);
  log.note("worker-2", "shard-0003", true);
  nowMs = 4000;
  log.end("worker-1");
  nowMs = 6000;
  log.note("worker-2", "shard-0001", true);
  log.note("worker-3", "shard-0002", true);
  nowMs = 8000;
  log.note("worker-2", "shard-0003", false);
  return log;
}

test("knows who holds what, and who holds most", () => {
  const log = takeover();
  expect(log.shardsOf("worker-1")).toEqual([]);
  expect(log.shardsOf("worker-2")).toEqual(["shard-0001"]);
  expect(log.tenures.map(({ untilMs }) => untilMs)).toEqual([
    4000,
    4000,
    8000,
    undefined,
    undefined,
  ]);
});

test("the busiest worker has most leases; nobody is if nobody has any", () => {
  const log = new LeaseLog(() => 0);
  expect(log.busiest()).toBeUndefined();
  log.note("a", "s-1", true);
  log.note("b", "s-2", true);
  log.note("b", "s-3", true);
  expect(log.busiest()).toBe("b");
});

test("shards are taken over when each of them was taken since", () => {
  const log = takeover();
  expect(log.areTakenOver(["shard-0001", "shard-0002"], 4000)).toBe(true);
  expect(log.areTakenOver(["shard-0001", "shard-0003"], 4000)).toBe(false);
});

test("is drawn as a row for each shard and a letter for each worker", () => {
  const rows = drawTenures(takeover().tenures, 12_000, plain).split("\n");
  expect(rows).toEqual([
    "  shard 0 s       2 s       4 s       6 s       8 s       10 s      ",
    `  …0001 ${"a".repeat(20)}${"·".repeat(10)}${"b".repeat(30)}`,
    `  …0002 ${"a".repeat(20)}${"·".repeat(10)}${"c".repeat(30)}`,
    `  …0003 ${"b".repeat(40)}${"·".repeat(20)}`,
    "        a worker-1   b worker-2   c worker-3",
  ]);
});
