// The emulator as the simulation calls it: through the port, in the same process, without a socket.
import assert from "node:assert/strict";
import { systemClock, systemRandom } from "@shardline/core";
import { Emulator } from "@shardline/emulator";
import type { Comparison } from "../suite.ts";
import { PUT_RECORDS, PUT_REQUEST } from "./port-puts.ts";
import { STREAM } from "./traffic.ts";
import { atMost } from "./way.ts";

const CALLS = 200;
const SIGNAL = new AbortController().signal;

/** PutRecords through the port. */
export function inProcessComparison(): Comparison {
  return {
    title: "PutRecords, 500 x 100 B, in the process",
    unit: "µs of CPU per record",
    variants: [{ name: "the port", role: "ours", sample: putAll }],
    goals: [atMost("E10", "1,000,000 records per CPU-second", "the port", 1, 0.7)],
    check: async () => {
      using emulator = newEmulator();
      const { outcomes } = await emulator.kinesis().putRecords(PUT_REQUEST, SIGNAL);
      assert(outcomes.length === PUT_RECORDS && outcomes.every(({ kind }) => kind === "stored"));
    },
  };
}

async function putAll(): Promise<number> {
  using emulator = newEmulator();
  const kinesis = emulator.kinesis();
  const before = process.cpuUsage();
  for (let i = 0; i < CALLS; i += 1) await kinesis.putRecords(PUT_REQUEST, SIGNAL);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / (CALLS * PUT_RECORDS);
}

function newEmulator(): Emulator {
  return new Emulator({ clock: systemClock, random: systemRandom, streams: { [STREAM]: 4 } });
}
