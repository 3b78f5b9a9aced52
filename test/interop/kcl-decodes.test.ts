// The same Kinesis records taken apart by the KCL, 2.7 and 3.5, and by us: equal, record by record, but where it is said
// here that they are not, and how often.
import { setTimeout as sleep } from "node:timers/promises";
import type { AggregatedRecord } from "@shardline/aggregation";
import {
  type HashKeyRange,
  hashKeyOf,
  type KinesisRecord,
  MAX_HASH_KEY,
  rangeContains,
} from "@shardline/core";
import type { InspectedShard } from "@shardline/emulator";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  arbitraryRecords,
  encode,
} from "../../packages/aggregation/test/support/arbitrary-records.ts";
import { bytes } from "../../packages/aggregation/test/support/messages.ts";
import { hostileData } from "./hostile-data.ts";
import {
  type Handed,
  KclDecoder,
  type Ours,
  ours,
  type ReadRecord,
  type Theirs,
} from "./kcl-decoder.ts";
import { KplProducer } from "./kpl-producer.ts";
import { STREAM, Stage } from "./stage.ts";
import { numberOf, workpieceOf } from "./workload.ts";

const WHOLE: HashKeyRange = { start: 0n, end: MAX_HASH_KEY };
const AGGREGATES = 3000;
const KPL_RECORDS = 20_000;
const KPL_TICK = { ms: 10, records: 50 };
const DRAWS = { seed: 20_261_121, numRuns: AGGREGATES };

const FEW_OR_MANY = fc.oneof(
  arbitraryRecords,
  fc.array(arbitraryRecords, { minLength: 2, maxLength: 9 }).map((parts) => parts.flat()),
);

/** A Kinesis record with such data, as a worker of a shard with such a range reads it. */
function read(data: Uint8Array, range = WHOLE, partitionKey = "of the Kinesis record"): ReadRecord {
  const record: KinesisRecord = { sequenceNumber: "49", partitionKey, data, arrivedAtMs: 0 };
  return { record, range };
}

test("every aggregate of ours is taken apart alike: keys, hash keys, indexes and data", async () => {
  const drawn = fc.sample(FEW_OR_MANY, DRAWS);
  // Indexes into its tables take two bytes.
  const large = Array.from({ length: 20_000 }, (_, i) => ({
    partitionKey: `key-${i % 5000}`,
    data: bytes(`${i}`),
    ...(i % 3 === 0 ? { explicitHashKey: `${i}` } : {}),
  }));
  const reads = [...drawn, large].map((records) => read(encode(records)));

  const kcl = await new KclDecoder().decode(reads);

  reads.forEach((record, i) => {
    expect(ours(record), `aggregate ${i}`).toEqual(kcl[i]);
  });
  const handed = kcl.flatMap(handedBy);
  expect(handed).toHaveLength(drawn.flat().length + large.length);
  expect(handed.every(({ isAggregated }) => isAggregated)).toBe(true);
  expect(traitsOf(drawn)).toEqual({
    alone: 149,
    ofSharedKey: 19_517,
    beyondAscii: 32_875,
    withHashKey: 52_035,
    empty: 5_606,
  });
});

function handedBy(theirs: Theirs): readonly Handed[] {
  return theirs.kind === "handed" ? theirs.records : [];
}

function traitsOf(drawn: readonly AggregatedRecord[][]): Readonly<Record<string, number>> {
  const all = drawn.flat();
  const count = (is: (record: AggregatedRecord) => boolean): number => all.filter(is).length;
  return {
    alone: drawn.filter(({ length }) => length === 1).length,
    ofSharedKey: all.length - drawn.flatMap((records) => [...keysOf(records)]).length,
    beyondAscii: count(({ partitionKey }) => Buffer.byteLength(partitionKey) > partitionKey.length),
    withHashKey: count(({ explicitHashKey }) => explicitHashKey !== undefined),
    empty: count(({ data }) => data.length === 0),
  };
}

function keysOf(records: readonly AggregatedRecord[]): ReadonlySet<string> {
  return new Set(records.map(({ partitionKey }) => partitionKey));
}

test("what is wrong is taken alike, but an aggregate that points outside its tables: the KCL throws, we hand it to onFailure", async () => {
  const kinds = hostileData(DRAWS.seed);
  const reads = kinds.flatMap(([, all]) => all.map((data) => read(data)));

  const theirs = await new KclDecoder().decode(reads);

  let at = 0;
  const found = kinds.map(([kind, all]) => {
    const verdicts = { plain: 0, aggregate: 0, thrown: 0, dropped: 0, handed: 0 };
    for (const data of all) verdicts[verdictOn(data, theirs[at++] as Theirs)] += 1;
    return [kind, Object.fromEntries(Object.entries(verdicts).filter(([, count]) => count > 0))];
  });
  expect(Object.fromEntries(found)).toEqual({
    cut: { plain: 300 },
    "cut, with their digest": { plain: 282, aggregate: 18 },
    "a bit turned": { plain: 300 },
    "a bit turned, with their digest": { plain: 86, aggregate: 127, thrown: 82, dropped: 5 },
    "a digest of something else": { plain: 300 },
    "an index beyond its table": { thrown: 300 },
    "a field that nobody knows": { aggregate: 300 },
    "magic, and no aggregate": { plain: 300 },
    odd: { plain: 930, aggregate: 874, thrown: 1196 },
    "odd and damaged": { plain: 2523, aggregate: 245, thrown: 232 },
    "a hash key with white space": { thrown: 3 },
    "a hash key with a sign": { aggregate: 1, dropped: 1, handed: 1 },
    "a hash key in Arabic digits": { handed: 1 },
    recorded: { plain: 180, aggregate: 264, thrown: 28, dropped: 1 },
  });
});

/** What both make of data, or what the KCL does with what is malformed to us. */
function verdictOn(
  data: Uint8Array,
  theirs: Theirs,
): "plain" | "aggregate" | "thrown" | "dropped" | "handed" {
  const mine = ours(read(data));
  const hex = Buffer.from(data).toString("hex");
  if (mine.kind === "handed") {
    expect(mine, hex).toEqual(theirs);
    return mine.records[0]?.isAggregated === false ? "plain" : "aggregate";
  }
  if (theirs.kind === "threw") {
    // What Java has not had since 11: the KCL wants to log what it met.
    expect(theirs.error, hex).toMatch(/NoClassDefFoundError: javax.xml.bind.DatatypeConverter$/);
    return "thrown";
  }
  // A hash key that is a number, but none of the 2^128, is in no shard for the KCL; and Java reads more texts as numbers.
  return theirs.records.length === 0 ? "dropped" : "handed";
}

test("after a reshard: an aggregate of keys of two shards is nothing to the KCL, and to us what belongs to the shard", async () => {
  const stage = await Stage.start(2);
  await stage.split();
  await stage.merge();
  const shards = stage.emulator.inspect(STREAM)?.shards ?? [];
  const [parent, , left, right, merged] = shards.map(rangeOf) as HashKeyRange[];
  const readers = { parent, left, right, merged } as Record<string, HashKeyRange>;
  const aggregates = fc
    .sample(FEW_OR_MANY, DRAWS)
    .map((records) => records.filter((record) => belongs(record, parent as HashKeyRange)))
    .filter(({ length }) => length > 0);
  const decoder = new KclDecoder();

  const found: Record<string, Shares> = {};
  for (const [reader, range] of Object.entries(readers)) {
    const reads = aggregates.map((records) => read(encode(records), range));
    found[reader] = sharesOf(reads, await decoder.decode(reads));
  }

  expect(found).toEqual({
    parent: { mixed: 0, both: 35_708, oursAlone: 0, ofOthers: 0 },
    left: { mixed: 2263, both: 1771, oursAlone: 24_977, ofOthers: 8960 },
    right: { mixed: 2263, both: 81, oursAlone: 8879, ofOthers: 26_748 },
    merged: { mixed: 2263, both: 81, oursAlone: 8879, ofOthers: 26_748 },
  });
});

/** Of the same records to a worker of one shard, in user records but for the first. */
interface Shares {
  /** Aggregates with records of this shard and of others. */
  mixed: number;
  /** Handed out alike by both. */
  both: number;
  /** That belong to the shard, and the KCL drops. */
  oursAlone: number;
  /** That neither hands out. */
  ofOthers: number;
}

/** Compares what both make of aggregates that are well made. */
function sharesOf(reads: readonly ReadRecord[], all: readonly Theirs[]): Shares {
  const shares = { mixed: 0, both: 0, oursAlone: 0, ofOthers: 0 };
  reads.forEach((record, i) => {
    const [theirs, mine] = [handedBy(all[i] as Theirs), handedIn(ours(record))];
    const whole = handedIn(ours(record, "deliver"));
    // A record that travels alone has its hash key outside, and is where it belongs.
    const belonging = whole.filter((user) => !user.isAggregated || belongs(user, record.range));
    expect(mine).toEqual(belonging);
    const isMixed = mine.length > 0 && mine.length < whole.length;
    expect(theirs).toEqual(isMixed ? [] : mine);
    shares.mixed += isMixed ? 1 : 0;
    shares.both += theirs.length;
    shares.oursAlone += mine.length - theirs.length;
    shares.ofOthers += whole.length - mine.length;
  });
  return shares;
}

function handedIn(mine: Ours): readonly Handed[] {
  return mine.kind === "handed" ? mine.records : [];
}

function belongs(
  {
    explicitHashKey,
    partitionKey,
  }: Pick<Handed, "partitionKey"> & { readonly explicitHashKey?: string | undefined },
  range: HashKeyRange,
): boolean {
  return rangeContains(
    range,
    explicitHashKey === undefined ? hashKeyOf(partitionKey) : BigInt(explicitHashKey),
  );
}

function rangeOf({ hashKeyRange }: InspectedShard): HashKeyRange {
  return hashKeyRange as HashKeyRange;
}

test("what the KPL has put, and says it has, while shards were split and merged: we hand out all of it, and the KCL drops some", async () => {
  const stage = await Stage.start(4);
  const kpl = await KplProducer.start({ port: stage.emulator.port, stream: STREAM });
  const reshards = [() => stage.split(), () => stage.merge(), () => stage.reshardTo(8)];
  const recordsBetween = KPL_RECORDS / (reshards.length + 1);
  // At a pace at which records go on being put when the shards change, which the KPL learns from what it has put wrong.
  let resharding = Promise.resolve();
  for (let number = 0; number < KPL_RECORDS; number += 1) {
    const reshard = reshards[number / recordsBetween - 1];
    if (reshard !== undefined) {
      await resharding;
      resharding = reshard();
    }
    if (number % KPL_TICK.records === 0) await sleep(KPL_TICK.ms);
    await kpl.put(workpieceOf(number));
  }
  await Promise.all([resharding, kpl.finish()]);
  expect([kpl.failures, kpl.receipts.size]).toEqual([[], KPL_RECORDS]);

  const shards = stage.emulator.inspect(STREAM)?.shards ?? [];
  const reads = shards.flatMap((shard) =>
    shard.records.map((record): ReadRecord => ({ record, range: rangeOf(shard) })),
  );
  const theirs = await new KclDecoder().decode(reads);
  const shares = sharesOf(reads, theirs);
  const toUs = numbersOf(reads.flatMap((record) => handedIn(ours(record))));
  const toKcl = numbersOf(theirs.flatMap(handedBy));
  expect(toUs.size).toBe(KPL_RECORDS);
  expect(toKcl.size).toBeLessThan(KPL_RECORDS);
  const lost = KPL_RECORDS - toKcl.size;
  process.stdout.write(
    `of ${KPL_RECORDS} records that the KPL has put the KCL drops ${lost}, in ${shares.mixed} aggregates of two shards\n`,
  );
});

function numbersOf(handed: readonly Handed[]): ReadonlySet<number> {
  return new Set(handed.map(({ data }) => numberOf(Buffer.from(data, "base64").toString())));
}
