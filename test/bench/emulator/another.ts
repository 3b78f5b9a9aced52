// What a test pays for an emulator of its own, in a process that has had one before: starting it, one call over its
// socket, and closing it; and the same with a call to its lease tables.
import assert from "node:assert/strict";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { type RunningEmulator, startEmulator } from "@shardline/emulator";
import type { Comparison } from "../suite.ts";
import { atMost } from "./way.ts";

const EMULATORS = 20;

/** Each emulator with four shards. */
export function anotherComparison(): Comparison {
  return {
    title: "another emulator in the same process",
    unit: "ms from its start to its end",
    variants: [
      { name: "with a request", role: "ours", sample: () => timed(askHealth) },
      { name: "with a lease table", role: "ours", sample: () => timed(askTables) },
    ],
    goals: [
      atMost("E11.start", "for each test", "with a request", 10, 3),
      atMost("E11.table", "for each test that leases", "with a lease table", 10, 5),
    ],
    check: async () => {
      await timed(async (emulator) => assert(emulator.inspect("orders")?.shards.length === 4));
    },
  };
}

async function timed(use: (emulator: RunningEmulator) => Promise<void>): Promise<number> {
  const beganAtMs = performance.now();
  for (let i = 0; i < EMULATORS; i += 1) {
    await using emulator = await startEmulator({ streams: { orders: 4 } });
    await use(emulator);
  }
  return (performance.now() - beganAtMs) / EMULATORS;
}

async function askHealth({ endpoint }: RunningEmulator): Promise<void> {
  const answer = await fetch(`${endpoint}/healthcheck`, { headers: { connection: "close" } });
  assert.equal(await answer.text(), "healthy\n");
}

async function askTables(emulator: RunningEmulator): Promise<void> {
  const requestHandler = emulator.requestHandler();
  const client = new DynamoDBClient({ ...emulator.clientConfig("dynamodb"), requestHandler });
  const { TableNames } = await client.send(new ListTablesCommand());
  assert.deepEqual(TableNames, []);
  client.destroy();
}
