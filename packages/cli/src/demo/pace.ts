// Puts the input at an even pace, in its order.
import { setTimeout as pause } from "node:timers/promises";
import type { Producer } from "@shardline/producer";
import { type DemoInput, dataOf } from "./input.ts";

const TICK_MS = 10;

export interface PaceOptions {
  readonly input: DemoInput;
  readonly producer: Producer;
  readonly recordsPerSecond: number;
  readonly signal: AbortSignal;
  /** So many lines were put, and this one's outcome is to come. */
  readonly onPut: (count: number, outcome: Promise<unknown>) => void;
}

/** Resolves when every line was put; what becomes of them is told to `onPut`. */
export async function putAtPace(options: PaceOptions): Promise<void> {
  const { input, onPut, producer, recordsPerSecond, signal } = options;
  const startedAt = performance.now();
  for (let put = 0; put < input.lines.length; ) {
    const due = Math.ceil(((performance.now() - startedAt) / 1000) * recordsPerSecond);
    for (const until = Math.min(due, input.lines.length); put < until; put += 1) {
      await producer.ready({ signal });
      const record = { partitionKey: input.keys[put] as string, data: dataOf(input, put) };
      onPut(put + 1, producer.put(record));
    }
    await pause(TICK_MS, undefined, { signal });
  }
}
