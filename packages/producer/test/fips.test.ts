// A producer on a build of Node.js for FIPS, which refuses MD5; here crypto is made to do the same.
import type * as Crypto from "node:crypto";
import { expect, it, vi } from "vitest";
import { newRig, watch } from "./support/rig.ts";

const refused = vi.hoisted(() => ({ calls: 0 }));

vi.mock("node:crypto", async (importOriginal) => ({
  ...(await importOriginal<typeof Crypto>()),
  hash: () => {
    refused.calls += 1;
    throw new Error("error:0308010C:digital envelope routines::unsupported");
  },
}));

/** Two records, `a=x` and `b=y`, whose aggregate is known. */
const KNOWN = "f3899ac20a01610a01621a0508001a01781a0508011a0179b0031909ae75891ca94acec2ecce3125";

it("W-fips: a producer predicts the same shards and sends the same bytes where crypto refuses MD5", async () => {
  const rig = newRig({ shards: 4 });
  const records = ["a=x", "🔑=1", "k=2", "abcd=3"].map(
    (text) => text.split("=") as [string, string],
  );
  const puts = records.map(([partitionKey, data]) =>
    watch(rig.producer.put({ partitionKey, data })),
  );
  const explicit = { explicitHashKey: 0n, partitionKey: "b", data: "y" };
  puts.push(watch(rig.producer.put(explicit)));
  await rig.clock.advance(200);
  expect(refused.calls).toBeGreaterThan(0);
  const shards = puts.map((put) => {
    const outcome = put();
    return outcome.kind === "resolved" ? outcome.value.shardId : outcome.kind;
  });
  expect(shards).toEqual([0, 1, 2, 3, 0].map((n) => `shardId-00000000000${n}`));
  expect(rig.calls).toHaveLength(1);
  expect(rig.read()).toHaveLength(5);
});

it("W-fips: an aggregate that it sends is known to the byte", async () => {
  const rig = newRig();
  watch(rig.producer.put({ partitionKey: "a", data: "x" }));
  watch(rig.producer.put({ partitionKey: "b", data: "y" }));
  await rig.clock.advance(200);
  const sent = rig.calls.flatMap(({ entries }) => entries);
  expect(sent.map(({ data }) => Buffer.from(data).toString("hex"))).toEqual([KNOWN]);
  expect(sent[0]?.explicitHashKey?.toString()).toBe("16955237001963240173058271559858726497");
});
