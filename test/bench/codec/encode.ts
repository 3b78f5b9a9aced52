// Records -> aggregates, for all lanes of a producer at once: goals G1 to G3.
import assert from "node:assert/strict";
import { AggregateBuilder, writeDigests } from "@shardline/aggregation";
import { RecordAggregator } from "aws-kinesis-agg";
import { cpuTime } from "../cpu-time.ts";
import type { Comparison, Goal } from "../suite.ts";
import { copyAndDigest } from "./floor.ts";
import { type InputRecord, LANES, makeRecords, type Traffic } from "./inputs.ts";

const OURS = "AggregateBuilder";
const TOGETHER = "AggregateBuilder, digests together";
const FLOOR = "MD5 and a copy";
const PEER = "aws-kinesis-agg";

/** How many times all lanes have an aggregate in one PutRecords call. */
const CALL_BATCHES = 3;

const BOUNDS = {
  keys20: {
    floorId: "G1",
    floor: { must: 1.6, stretch: 0.7 },
    together: { must: 1.3, stretch: 0.7 },
    peer: { must: 2.2, stretch: 5 },
  },
  unique: {
    floorId: "G2.unique",
    floor: { must: 2.1, stretch: 1.2 },
    together: { must: 1.8, stretch: 1.2 },
    peer: { must: 2.8, stretch: 6 },
  },
  "1kb": {
    floorId: "G2.1kb",
    floor: { must: 1.25, stretch: 0.5 },
    together: { must: 1, stretch: 0.5 },
    peer: { must: 1.5, stretch: 3.5 },
  },
} as const;

/** Ours, the floor and the peer on one kind of traffic. */
export function encodeComparison(traffic: Traffic): Comparison {
  const records = makeRecords(traffic);
  const aggregates = encode(records);
  const onRecords = (run: (records: InputRecord[]) => unknown): (() => number) =>
    cpuTime({ units: LANES, prepare: () => makeRecords(traffic), run });
  const onBatches = (run: (batches: InputRecord[][]) => unknown): (() => number) =>
    cpuTime({
      units: CALL_BATCHES * LANES,
      prepare: () => Array.from({ length: CALL_BATCHES }, () => makeRecords(traffic)),
      run,
    });
  const onAggregates = (run: (aggregates: Uint8Array[]) => unknown): (() => number) =>
    cpuTime({ units: LANES, prepare: () => aggregates, run });
  return {
    title: `encode, ${traffic.title}: ${traffic.recordsPerAggregate} records in ${aggregates[0]?.length} bytes`,
    unit: "µs per aggregate",
    variants: [
      { name: OURS, role: "ours", sample: onRecords(encode) },
      { name: TOGETHER, role: "ours", sample: onBatches(encodeTogether) },
      { name: FLOOR, role: "floor", sample: onAggregates((all) => all.map(copyAndDigest)) },
      { name: PEER, role: "peer", sample: onRecords(encodeWithPeer) },
    ],
    goals: goalsOf(traffic),
    check: () => {
      assert.deepEqual(encodeTogether([records, records, records]).slice(-LANES), aggregates);
      const same = encodeWithPeer(records);
      assert.equal(same.length, aggregates.length);
      for (const [i, bytes] of same.entries()) assert.ok(bytes.equals(aggregates[i] as Uint8Array));
    },
  };
}

function goalsOf({ id, title }: Traffic): Goal[] {
  const { floorId, floor, peer, together } = BOUNDS[id];
  return [
    {
      id: floorId,
      what: `encode ${title}: time over that of one MD5 and one copy`,
      direction: "lower",
      of: OURS,
      against: FLOOR,
      ...floor,
    },
    {
      id: `${floorId}.together`,
      what: `encode ${title}, digests together: time over that of one MD5 and one copy each`,
      direction: "lower",
      of: TOGETHER,
      against: FLOOR,
      ...together,
    },
    {
      id: `G3.${id}`,
      what: `encode ${title}: speed over that of aws-kinesis-agg`,
      direction: "higher",
      of: OURS,
      against: PEER,
      ...peer,
    },
  ];
}

const builders = Array.from({ length: LANES }, () => new AggregateBuilder());

/** One aggregate for each lane. */
export function encode(records: readonly InputRecord[]): Uint8Array[] {
  return encodeBy(records, (builder) => builder.encode());
}

/** Several for each lane, all hashed in one go. */
function encodeTogether(batches: readonly (readonly InputRecord[])[]): Uint8Array[] {
  const aggregates = batches.flatMap((records) =>
    encodeBy(records, (builder) => builder.encodeWithoutDigest()),
  );
  writeDigests(aggregates);
  return aggregates;
}

function encodeBy(
  records: readonly InputRecord[],
  finish: (builder: AggregateBuilder) => Uint8Array,
): Uint8Array[] {
  for (let i = 0; i < records.length; i += 1) {
    const { partitionKey, data } = records[i] as InputRecord;
    (builders[i % LANES] as AggregateBuilder).add(partitionKey, undefined, data);
  }
  return builders.map((builder) => {
    const aggregate = finish(builder);
    builder.clear();
    return aggregate;
  });
}

function encodeWithPeer(records: readonly InputRecord[]): Buffer[] {
  const aggregators = Array.from({ length: LANES }, () => new RecordAggregator());
  for (let i = 0; i < records.length; i += 1) {
    (aggregators[i % LANES] as RecordAggregator).addUserRecord(records[i] as InputRecord);
  }
  return aggregators.map((aggregator) => aggregator.build()?.data ?? Buffer.alloc(0));
}
