import { hashKeyOf } from "@shardline/core";
import { describe, expect, it } from "vitest";
import { type Carrier, hashKeysOf, writeMissingDigests } from "../../src/record/carrier.ts";
import { newChunk, seal } from "../../src/record/seal.ts";
import { unpack, unpackLast } from "../../src/record/unpack.ts";
import { failureOf } from "../support/failures.ts";
import { membersOf } from "../support/kcl-reader.ts";
import {
  AGGREGATED,
  attempt,
  attemptLog,
  carrierOf,
  looseRecord,
  newRecord,
  pendingRecord,
} from "../support/records.ts";

describe("taking a carrier apart", () => {
  it("gives each record the tries made in it, after its own earlier ones", () => {
    const [first, second] = [attempt({ delayMs: 1 }), attempt({ delayMs: 2 })];
    const carrier = carrierOf(
      looseRecord("a", "x", { earlierAttempts: attemptLog(first) }),
      looseRecord("b", "y"),
    );
    carrier.attempts = attemptLog(second);
    carrier.waitingSinceMs = 77;
    const records = unpack(carrier);
    expect(records.map(({ pending }) => pending.earlierAttempts.list)).toEqual([
      [first, second],
      [second],
    ]);
    expect(records.map(({ pending }) => pending.waitingSinceMs)).toEqual([77, 77]);
  });

  it("gives back a plain record with the explicit hash key that the caller gave, and none made up", () => {
    const [given] = unpack(carrierOf(looseRecord("a", "x", { explicitHashKey: "7" })));
    expect(given?.content).toMatchObject({ partitionKey: "a", explicitHashKey: "7" });
    const [plain] = unpack(carrierOf(looseRecord("a", "x")));
    expect(plain?.content).toEqual({ partitionKey: "a", data: new Uint8Array(Buffer.from("x")) });
  });

  it("whose call nobody waits for adds an attempt that may have succeeded, and leaves the carrier as it is", () => {
    const carrier = carrierOf(looseRecord("a"), looseRecord("b"));
    const failed = attempt({ failure: failureOf("throttled") });
    carrier.attempts = attemptLog(failed);
    for (const { pending } of unpackLast(carrier, true)) {
      expect(pending.earlierAttempts.list).toEqual([
        failed,
        {
          delayMs: 0,
          durationMs: 0,
          failure: {
            kind: "transient",
            awsName: "Unanswered",
            reason: "the call was under way when it was given up",
            isAmbiguous: true,
          },
        },
      ]);
    }
    expect(carrier.attempts.list).toEqual([failed]);
  });
});

it("the hash keys of a carrier are the explicit ones, and those of the partition keys elsewhere", () => {
  const carrier = carrierOf(looseRecord("a", "x", { explicitHashKey: "7" }), looseRecord("b", "y"));
  expect(hashKeysOf(carrier)).toEqual([7n, hashKeyOf("b")]);
  expect(hashKeysOf(carrierOf(looseRecord("a")))).toEqual([hashKeyOf("a")]);
});

describe("a digest", () => {
  function sealed(...keys: readonly string[]): Carrier {
    const chunk = newChunk(AGGREGATED);
    for (const key of keys) chunk.add(newRecord(key, "x"), pendingRecord());
    return seal(chunk, AGGREGATED, "bytes");
  }

  const keysIn = ({ entry }: Carrier): string[] | undefined =>
    membersOf(entry.data)?.map(({ partitionKey }) => partitionKey);

  it("is missing until it is written, to all carriers together", () => {
    const carriers = [sealed("a", "b"), sealed("c"), sealed("d", "e", "f")];
    expect(carriers.map(keysIn)).toEqual([undefined, undefined, undefined]);
    writeMissingDigests(carriers);
    expect(carriers.map(keysIn)).toEqual([["a", "b"], undefined, ["d", "e", "f"]]);
  });

  it("is written once: what was sent is not touched again", () => {
    const carrier = sealed("a", "b");
    writeMissingDigests([carrier]);
    carrier.entry.data.fill(0, -16);
    writeMissingDigests([carrier]);
    expect(keysIn(carrier)).toBeUndefined();
  });

  it("is no matter of records that are taken apart before", () => {
    expect(unpack(sealed("a", "b")).map(({ content }) => content.partitionKey)).toEqual(["a", "b"]);
  });
});
