// Data of Kinesis records that are aggregates, nearly aggregates, or look like them.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import {
  arbitraryMessage,
  damagedMessage,
} from "../../packages/aggregation/test/support/arbitrary-messages.ts";
import {
  arbitraryRecords,
  encode,
} from "../../packages/aggregation/test/support/arbitrary-records.ts";
import { aggregateOf, bytes, field } from "../../packages/aggregation/test/support/messages.ts";

const AGGREGATES = 300;
const MESSAGES = 3000;
const OVERHEAD_BYTES = { magic: 4, digest: 16 };
const VERDICTS = new URL("../golden/kcl-verdicts.tsv", import.meta.url);
/** A record whose partition key is the 16,384th. */
const STRAY = field(3, 0x08, 0xff, 0x7f, field(3, "stray"));

/** Data by what is wrong with it. */
export function hostileData(
  seed: number,
): readonly (readonly [kind: string, all: readonly Uint8Array[]])[] {
  const draws = { seed, numRuns: MESSAGES };
  const aggregates = fc.sample(arbitraryRecords, { seed, numRuns: AGGREGATES }).map(encode);
  const places = fc.sample(fc.nat(), { seed, numRuns: AGGREGATES });
  const at = (i: number, limit: number): number => (places[i] as number) % limit;
  const messages = aggregates.map((aggregate) =>
    aggregate.slice(OVERHEAD_BYTES.magic, -OVERHEAD_BYTES.digest),
  );
  const recorded = readFileSync(VERDICTS, "utf8")
    .trim()
    .split("\n")
    .filter((line) => !line.startsWith("#"));
  return [
    ["cut", aggregates.map((aggregate, i) => aggregate.slice(0, at(i, aggregate.length)))],
    [
      "cut, with their digest",
      messages.map((message, i) => aggregateOf(message.slice(0, at(i, message.length)))),
    ],
    [
      "a bit turned",
      aggregates.map((aggregate, i) => turned(aggregate, at(i, aggregate.length * 8))),
    ],
    [
      "a bit turned, with their digest",
      messages.map((message, i) => aggregateOf(turned(message, at(i, message.length * 8)))),
    ],
    [
      "a digest of something else",
      messages.map((message) => bytes(0xf3, 0x89, 0x9a, 0xc2, message, createHash("md5").digest())),
    ],
    ["an index beyond its table", messages.map((message) => aggregateOf(message, STRAY))],
    ["a field that nobody knows", messages.map((message) => aggregateOf(message, field(9, "new")))],
    [
      "magic, and no aggregate",
      places.map((place) => bytes(0xf3, 0x89, 0x9a, 0xc2, `${place}`.repeat(4))),
    ],
    ["odd", fc.sample(arbitraryMessage, draws).map((message) => aggregateOf(message))],
    ["odd and damaged", fc.sample(damagedMessage, draws).map((message) => aggregateOf(message))],
    ["a hash key with white space", [" 7", "7 ", "7\n"].map(ofHashKey)],
    ["a hash key with a sign", ["+7", "-0", "-7"].map(ofHashKey)],
    ["a hash key in Arabic digits", [ofHashKey("\u0667")]],
    [
      "recorded",
      recorded.map((line) => aggregateOf(Buffer.from(line.split("\t")[1] ?? "", "hex"))),
    ],
  ];
}

/** An aggregate of a record with a hash key. */
function ofHashKey(hashKey: string): Uint8Array {
  return aggregateOf(field(1, "k"), field(2, hashKey), field(3, 0x08, 0, 0x10, 0, field(3, "v")));
}

function turned(data: Uint8Array, bit: number): Uint8Array {
  return data.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
}
