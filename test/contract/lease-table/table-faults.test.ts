// What a lease table's faults look like from where leases are written.
import { createConsumer, type LeaseMove } from "@shardline/consumer";
import { apiFailureOf, type Position, silentLogger } from "@shardline/core";
import { type FaultEffect, type RunningEmulator, startEmulator } from "@shardline/emulator";
import { expect, test } from "vitest";
import {
  checkpointMove,
  prepareMove,
} from "../../../packages/consumer/src/lease/checkpoint-moves.ts";
import { tookEffect } from "../../../packages/consumer/src/lease/lease-move.ts";
import { releaseMove } from "../../../packages/consumer/src/lease/lease-moves.ts";
import { nativeLease } from "../../../packages/consumer/test/support/leases.ts";
import { ANY_SIGNAL, openDynamoDb, TABLE_NAME } from "./tables.ts";

const signal = ANY_SIGNAL;
const MINE = nativeLease(0, "me", { counter: 7, epoch: 1 });
const position: Position = { sequenceNumber: "49590338271490256608", subSequenceNumber: 3 };

function spoilNextUpdate(emulator: RunningEmulator, effect: FaultEffect): void {
  const match = { service: "dynamodb", operations: "UpdateItem" } as const;
  emulator.faults.add({ effect, match, times: 1 });
}

test.each<[string, LeaseMove]>([
  ["a checkpoint", checkpointMove(MINE, "me", position)],
  ["a prepared checkpoint", prepareMove(MINE, "me", { position, state: Uint8Array.of(1, 2, 3) })],
  ["a release", releaseMove(MINE, "me", position)],
])(
  "ambiguous-checkpoint: %s whose answer was lost is found to have taken effect when it is repeated, and counted once",
  async (_, move) => {
    await using opened = await openDynamoDb();
    const { emulator, table } = opened;
    await table.create(MINE, signal);
    spoilNextUpdate(emulator, { kind: "commitThenDrop" });
    const failure = await table.update(MINE.key, move, signal).catch(apiFailureOf);
    expect(failure).toMatchObject({ isAmbiguous: true });
    const again = await table.update(MINE.key, move, signal);
    if (again.kind !== "conflict" || again.current === undefined) throw new Error("no conflict");
    expect(tookEffect(move, MINE, again.current)).toBe(true);
    expect(again.current.counter).toBe(8);
  },
);

test("ambiguous-checkpoint: one that was lost before it took effect is not mistaken for one that did", async () => {
  await using opened = await openDynamoDb();
  const { emulator, table } = opened;
  await table.create(MINE, signal);
  spoilNextUpdate(emulator, { kind: "reset" });
  const move = checkpointMove(MINE, "me", position);
  const failure = await table.update(MINE.key, move, signal).catch(apiFailureOf);
  expect(failure).toMatchObject({ isAmbiguous: true });
  const current = await table.get(MINE.key, { consistent: true }, signal);
  expect(current.kind === "lease" && tookEffect(move, MINE, current.lease)).toBe(false);
  expect(await table.update(MINE.key, move, signal)).toMatchObject({
    kind: "updated",
    lease: { counter: 8, checkpoint: position },
  });
});

test("a consumer whose table throttles its writes says what to raise, and goes on when it may", async () => {
  await using emulator = await startEmulator({ streams: { orders: 1 } });
  const match = { service: "dynamodb", operations: "UpdateItem" } as const;
  const throttling = emulator.faults.add({ match, effect: { kind: "throttle" } });
  const consumer = createConsumer({
    application: TABLE_NAME,
    stream: "orders",
    startAt: "TRIM_HORIZON",
    kinesis: emulator.kinesis,
    dynamodb: emulator.clientConfig("dynamodb"),
    leases: { failoverMs: 1000, table: { billing: { readUnits: 10, writeUnits: 5 } } },
    logger: silentLogger,
    processBatch: () => undefined,
  });
  const stop = new AbortController();
  const started = new Promise((resolve) => consumer.on("shardStarted", resolve));
  const told = new Promise((resolve) => consumer.on("leaseTableThrottled", resolve));
  const running = consumer.run({ signal: stop.signal });
  expect(await told).toEqual({
    table: TABLE_NAME,
    capacity: "write",
    throttledCalls: 1,
    advice: `raise the write capacity of table ${TABLE_NAME} and of its index from 5 units, or make it on-demand`,
  });
  throttling.remove();
  await started;
  stop.abort();
  await running;
});

test("what a table has consumed is known, reads and writes apart", async () => {
  await using opened = await openDynamoDb();
  const { table } = opened;
  const before = table.usage;
  await table.create(MINE, signal);
  await table.update(MINE.key, checkpointMove(MINE, "me", position), signal);
  await table.update(MINE.key, checkpointMove(MINE, "me", position), signal);
  await table.get(MINE.key, { consistent: true }, signal);
  const { readUnits } = await table.list(signal);
  expect(readUnits).toBe(0.5);
  expect(before).toMatchObject({ readUnits: 0, writeUnits: 0, throttledCalls: 0 });
  // One for each write, also for that whose condition failed.
  expect(table.usage).toEqual({
    calls: before.calls + 5,
    readUnits: 1.5,
    writeUnits: 3,
    throttledCalls: 0,
  });
});
