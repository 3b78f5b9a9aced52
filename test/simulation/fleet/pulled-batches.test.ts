// An application that pulls says of each batch what became of it, whenever that is, and may leave.
import { once } from "node:events";
import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import type { PulledBatch } from "@shardline/consumer";
import { pullBatches } from "./pulled-batches.ts";

/** Batches that are told apart by how far they are behind, and what was said of them. */
class Batches {
  readonly said: string[] = [];
  readonly #left: number[];

  constructor(...numbers: number[]) {
    this.#left = numbers;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<PulledBatch, void, void> {
    try {
      for (const millisBehindLatest of this.#left) {
        yield {
          records: [],
          millisBehindLatest,
          shard: {} as PulledBatch["shard"],
          ack: () => this.said.push(`ack ${millisBehindLatest}`),
          fail: (error) => this.said.push(`fail ${millisBehindLatest}: ${String(error)}`),
        };
      }
    } finally {
      this.said.push("end");
    }
  }
}

test("batches are acknowledged as they are done, and those that fail are failed", async () => {
  const batches = new Batches(1, 2, 3);
  const first = new AbortController();
  await pullBatches(batches, {
    handle: async ({ millisBehindLatest }) => {
      if (millisBehindLatest === 1) await once(first.signal, "abort");
      if (millisBehindLatest === 2) throw new Error("of no use");
    },
    isToLeave: () => false,
  });
  await turn();
  expect(batches.said.toSorted()).toEqual(["ack 3", "end", "fail 2: Error: of no use"]);
  first.abort();
  await turn();
  expect(batches.said.at(-1)).toBe("ack 1");
});

test("a loop that is left does nothing with the batch of that pass", async () => {
  const batches = new Batches(1, 2);
  let passes = 0;
  await pullBatches(batches, {
    handle: () => Promise.resolve(undefined),
    isToLeave: () => (passes += 1) > 1,
  });
  expect(batches.said).toEqual(["ack 1", "end"]);
});
