// What placing a record by its key costs: the MD5 of a short string, for which the producer has one of its own.
import assert from "node:assert/strict";
import { createHash, hash } from "node:crypto";
import { md5Words } from "@shardline/core";
import { cpuTime } from "../cpu-time.ts";
import type { Comparison } from "../suite.ts";

const KEYS = 10_000;

/** Ways to hash keys of a certain length. Nothing depends on the outcome. */
export function partitionKeyComparison(keyLength: number): Comparison {
  const keys = Array.from({ length: KEYS }, (_, i) => String(i).padStart(keyLength, "k"));
  const onKeys = (run: (key: string) => unknown): (() => number) =>
    cpuTime({ units: KEYS, prepare: () => keys, run: (all) => all.map(run) });
  return {
    title: `partition key, ${keyLength} characters: its hash`,
    unit: "µs per key",
    variants: [
      { name: "md5Words", role: "ours", sample: onKeys(words) },
      { name: "crypto.hash, hex", role: "peer", sample: onKeys(hexOfHash) },
      { name: "crypto.createHash, hex", role: "peer", sample: onKeys(hexOfCreateHash) },
    ],
    goals: [],
    check: () => {
      for (const key of keys) {
        const hex = [...words(key)].map((word) => word.toString(16).padStart(8, "0")).join("");
        assert.equal(hexOfHash(key), hex);
        assert.equal(hexOfCreateHash(key), hex);
      }
    },
  };
}

const out = new Uint32Array(4);

function words(key: string): Uint32Array {
  md5Words(key, out);
  return out;
}

function hexOfHash(key: string): string {
  return hash("md5", key);
}

function hexOfCreateHash(key: string): string {
  return createHash("md5").update(key).digest("hex");
}
