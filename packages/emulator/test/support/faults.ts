// Emulators in which one thing goes wrong.
import type { FaultEffect } from "@shardline/emulator";
import { newEmulator, type TestEmulator } from "./emulator.ts";

/** An emulator with a stream of one shard, in which every call meets an effect. */
export function withFault(effect: FaultEffect): TestEmulator {
  return newEmulator({ streams: { s: 1 }, faults: [{ effect }] });
}

/** How many records the stream holds. */
export function stored({ emulator }: TestEmulator): number {
  return emulator.inspect("s")?.shards.reduce((sum, { records }) => sum + records.length, 0) ?? 0;
}
