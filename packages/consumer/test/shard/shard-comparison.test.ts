import type { Shard, ShardFilter } from "@shardline/core";
import { expect, test } from "vitest";
import { quietClock } from "../../../../test/support/quiet-clock.ts";
import { ShardComparison } from "../../src/shard/shard-comparison.ts";
import { failed } from "../support/failures.ts";
import { ANY_SIGNAL } from "../support/held.ts";

const MINUTE_MS = 60_000;
const SHARD: Shard = {
  shardId: "shardId-000000000007",
  hashKeyRange: { start: 0n, end: 2n ** 128n - 1n },
  startingSequenceNumber: "1",
};

/** Begins at a time so long ago, of which the service wants to know nothing; with what was asked. */
function beginAt(agoMs: number): { plan: Promise<unknown>; asked: (ShardFilter | undefined)[] } {
  const clock = quietClock();
  const asked: (ShardFilter | undefined)[] = [];
  const comparison = new ShardComparison({
    clock,
    start: { type: "AT_TIMESTAMP", timestampMs: clock.wallTimeMs() - agoMs },
    stream: { name: "orders" },
    ignoreUnexpectedChildren: false,
    kinesis: {
      listShards: async (request) => {
        const filter = "filter" in request ? request.filter : undefined;
        asked.push(filter);
        if (filter?.type === "AT_TIMESTAMP") throw failed("rejected");
        return { shards: [SHARD] };
      },
    },
  });
  const plan = comparison.planFirst(comparison.begin(clock.wallTimeMs()), ANY_SIGNAL);
  return { plan, asked };
}

test("a start that the service has not come to yet begins with what is open", async () => {
  for (const agoMs of [-60 * MINUTE_MS, 0, 14 * MINUTE_MS]) {
    const { asked, plan } = beginAt(agoMs);
    expect(await plan).toMatchObject({ kind: "create" });
    expect(asked.map((filter) => filter?.type)).toEqual(["AT_TIMESTAMP", "AT_LATEST"]);
  }
});

test("a start that is refused though it has long passed skips nothing that has closed since", async () => {
  const { asked, plan } = beginAt(15 * MINUTE_MS);
  await expect(plan).rejects.toMatchObject({ code: "API_CALL_FAILED" });
  expect(asked).toHaveLength(1);
});
