import { expect, it } from "vitest";
import { BuilderPool } from "../../src/record/builder-pool.ts";

it("hands out a builder again, as empty as a new one", () => {
  const pool = new BuilderPool();
  const builder = pool.take();
  builder.add("k", "7", "data");
  pool.giveBack(builder);
  expect(pool.take()).toBe(builder);
  expect([builder.recordCount, builder.firstRecord]).toEqual([0, undefined]);
  expect(pool.take()).not.toBe(builder);
});

it("keeps none that has grown beyond what aggregates need", () => {
  const pool = new BuilderPool();
  const builder = pool.take();
  builder.add("k", undefined, new Uint8Array(600_000));
  pool.giveBack(builder);
  expect(pool.take()).not.toBe(builder);
});

it("keeps only so many", () => {
  const pool = new BuilderPool();
  const builders = Array.from({ length: 100 }, () => pool.take());
  for (const builder of builders) pool.giveBack(builder);
  const again = new Set(Array.from({ length: 100 }, () => pool.take()));
  expect(builders.filter((builder) => again.has(builder))).toHaveLength(64);
});
