// Builds of Node.js for FIPS refuse MD5; here crypto is made to do the same.
import type * as Crypto from "node:crypto";
import { createHash } from "node:crypto";
import { AggregateBuilder, deaggregate, isAggregate } from "@shardline/aggregation";
import { expect, it, vi } from "vitest";
import { md5WithoutCrypto } from "../../core/src/md5.ts";

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

it("aggregates have the same bytes where crypto refuses MD5 (W-fips)", () => {
  const builder = new AggregateBuilder();
  builder.add("a", undefined, "x");
  builder.add("b", undefined, "y");
  const aggregate = builder.encode();
  expect(Buffer.from(aggregate).toString("hex")).toBe(KNOWN);
  expect(isAggregate(aggregate)).toBe(true);
  expect(deaggregate(aggregate).kind).toBe("aggregate");
  expect(refused.calls).toBe(1);
});

it("the digest made without crypto is the right one, whatever the length (W-fips)", () => {
  for (let length = 0; length < 200; length += 1) {
    const message = new Uint8Array(length).map((_, i) => i * 31);
    const expected = new Uint8Array(createHash("md5").update(message).digest());
    expect(md5WithoutCrypto(message)).toEqual(expected);
  }
});
