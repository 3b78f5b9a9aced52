// What it costs an emulator to outlive its process: PutRecords in the process, kept nowhere, kept until the process
// stops, and kept until the machine does.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PutRecordsRequest } from "@shardline/core";
import { type RunningEmulator, startEmulator } from "@shardline/emulator";
import type { Comparison } from "../suite.ts";
import { STREAM } from "./traffic.ts";

const RECORDS = 500;
const ROUNDS = 25;
/** Calls under way together, which wait for the disk together. */
const PARALLEL = 8;
const SIGNAL = new AbortController().signal;

type Survives = "process" | "machine";

/** PutRecords with and without a folder, by processor time and by time. */
export function* persistedComparisons(): Generator<Comparison> {
  yield comparisonOf("CPU", cpuMicroseconds);
  yield comparisonOf("time", () => performance.now() * 1000);
}

function comparisonOf(what: string, now: () => number): Comparison {
  const request: PutRecordsRequest = {
    stream: { name: STREAM },
    entries: Array.from({ length: RECORDS }, (_, i) => ({
      partitionKey: `user-${String(i).padStart(6, "0")}`,
      data: new Uint8Array(100).fill(i),
    })),
  };
  const sample = (survives?: Survives) => () => putAll(request, now, survives);
  const goal = { direction: "lower", against: "kept nowhere" } as const;
  return {
    title: `PutRecords, 500 x 100 B, eight calls at a time, with and without a folder`,
    unit: `µs of ${what} per record`,
    variants: [
      { name: "kept nowhere", role: "ours", sample: sample() },
      { name: "survives the process", role: "ours", sample: sample("process") },
      { name: "survives the machine", role: "ours", sample: sample("machine") },
    ],
    goals: [
      {
        ...goal,
        id: `E12.${what.toLowerCase()}`,
        what: `${what} of what survives the process`,
        of: "survives the process",
        must: 2,
        stretch: 1.5,
      },
    ],
    check: async () => {
      await withEmulator("process", async ({ kinesis }) => {
        const { outcomes } = await kinesis.putRecords(request, SIGNAL);
        assert(outcomes.length === RECORDS && outcomes.every(({ kind }) => kind === "stored"));
      });
    },
  };
}

function putAll(
  request: PutRecordsRequest,
  now: () => number,
  survives?: Survives,
): Promise<number> {
  return withEmulator(survives, async ({ kinesis }) => {
    const before = now();
    for (let i = 0; i < ROUNDS; i += 1) {
      await Promise.all(
        Array.from({ length: PARALLEL }, () => kinesis.putRecords(request, SIGNAL)),
      );
    }
    return (now() - before) / (ROUNDS * PARALLEL * RECORDS);
  });
}

async function withEmulator<T>(
  survives: Survives | undefined,
  use: (emulator: RunningEmulator) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "shardline-bench-"));
  const persist = survives === undefined ? {} : { persist: { folder, survives } };
  const emulator = await startEmulator({ streams: { [STREAM]: 4 }, ...persist });
  try {
    return await use(emulator);
  } finally {
    await emulator.close();
    rmSync(folder, { recursive: true });
  }
}

function cpuMicroseconds(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
