import { expect, test } from "vitest";
import { Shard } from "../src/stream/shard.ts";

const EVERYTHING = { maxRecords: Number.POSITIVE_INFINITY, maxBytes: Number.POSITIVE_INFINITY };

test("a shard that is only written to forgets what is too old", () => {
  const shard = new Shard({
    streamId: 0,
    index: 0,
    range: { start: 0n, end: 2n ** 128n - 1n },
    parentIds: [],
    createdAtMs: 0,
    createdSeconds: 1,
    limits: undefined,
    encryptedTurns: [],
    meter: { bytes: 0 },
  });
  for (let ms = 1; ms <= 100; ms += 1) shard.append("key", "", 3, ms, ms - 10);
  const arrivals = shard.read(0, EVERYTHING).map(({ arrivedAtMs }) => arrivedAtMs);
  expect(arrivals).toEqual([91, 92, 93, 94, 95, 96, 97, 98, 99, 100]);
});
