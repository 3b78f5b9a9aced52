import { expect, test } from "vitest";
import { MemoryLeaseTable } from "../src/lease/memory-lease-table.ts";
import { createConsumer } from "../src/consumer.ts";
import { type PauseOptions, pausePlaceOf } from "../src/pause-options.ts";

test("all shards are meant if none is named", () => {
  const places = [undefined, {}, { shardId: "a" }].map((options) => {
    return pausePlaceOf("pause", "one-stream", options).shardId;
  });
  expect(places).toEqual([undefined, undefined, "a"]);
});

test.each<[unknown, string]>([
  [{ shard: "a" }, "shard is not an option; did you mean shardId?"],
  [{ shardIds: ["a"] }, "shardIds is not an option; did you mean shardId?"],
  [{ shardId: "" }, 'shardId must be the id of a shard, got ""'],
  ["a", 'options must be an object, got "a"'],
])("a pause or its end for %o is refused, and nothing is paused", (options, problem) => {
  const consumer = createConsumer({
    application: "billing",
    stream: "orders",
    startAt: "LATEST",
    processBatch: () => undefined,
    leaseTable: new MemoryLeaseTable(),
  });
  const told: unknown[] = [];
  consumer.on("paused", (event) => told.push(event));
  for (const method of ["pause", "resume"] as const) {
    expect(() => consumer[method](options as PauseOptions)).toThrow(
      `${method} refused its options: ${problem}`,
    );
  }
  expect(told).toEqual([]);
});
