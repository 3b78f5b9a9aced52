// What it costs an emulator to outlive its process: PutRecords in the process, kept nowhere, kept until the process
// stops, and kept until the machine does.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RunningEmulator, startEmulator } from "@shardline/emulator";
import type { Comparison } from "../suite.ts";
import { PUT_RECORDS, PUT_REQUEST } from "./port-puts.ts";
import { STREAM } from "./traffic.ts";

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
  const sample = (survives?: Survives) => () => putAll(now, survives);
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
        const { outcomes } = await kinesis.putRecords(PUT_REQUEST, SIGNAL);
        assert(outcomes.length === PUT_RECORDS && outcomes.every(({ kind }) => kind === "stored"));
      });
    },
  };
}

function putAll(now: () => number, survives?: Survives): Promise<number> {
  return withEmulator(survives, async ({ kinesis }) => {
    const before = now();
    for (let i = 0; i < ROUNDS; i += 1) {
      await Promise.all(
        Array.from({ length: PARALLEL }, () => kinesis.putRecords(PUT_REQUEST, SIGNAL)),
      );
    }
    return (now() - before) / (ROUNDS * PARALLEL * PUT_RECORDS);
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
