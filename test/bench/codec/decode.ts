// Aggregates -> records, as many as a GetRecords answer may hold, the digests checked: goal G4. Then with a look at every
// key, whether it belongs to the shard, as consumers do.
import assert from "node:assert/strict";
import { type AggregatedRecord, deaggregate } from "@shardline/aggregation";
import { deaggregateSync, type UserRecord } from "aws-kinesis-agg";
import { cpuTime, type Spent, timeSpent, type Work } from "../cpu-time.ts";
import { haveJavaPeers } from "../java-peers.ts";
import { SideFigures } from "../side-figures.ts";
import type { Comparison, Goal } from "../suite.ts";
import { encode } from "./encode.ts";
import { digestOf } from "./floor.ts";
import { ANSWER_AGGREGATES, makeRecords, type Traffic } from "./inputs.ts";
import { KclDecoder } from "./kcl-decoder.ts";
import { newShardFilter } from "./shard-filter.ts";

const OURS = "deaggregate";
const FOR_SHARD = "deaggregate and HashRangeFilter";
const FLOOR = "MD5 alone";
const PEER = "aws-kinesis-agg";
const KCL = "KCL, Java";

const BOUNDS = {
  keys20: { must: 3, stretch: 6 },
  unique: { must: 2.5, stretch: 4 },
  "1kb": { must: 1.6, stretch: 4 },
} as const;

interface Entrant {
  readonly name: string;
  readonly role: Comparison["variants"][number]["role"];
  readonly sample: () => Spent | Promise<Spent>;
}

/** Ours, the floor and aws-kinesis-agg on one kind of traffic; then with what the KCL does beside it. */
export async function* decodeComparisons(traffic: Traffic): AsyncGenerator<Comparison> {
  const answer: Uint8Array[] = [];
  while (answer.length < ANSWER_AGGREGATES) answer.push(...encode(makeRecords(traffic)));
  const what = `${traffic.title}: ${traffic.recordsPerAggregate} records in ${answer[0]?.length} bytes`;
  yield {
    title: `decode, ${what}`,
    unit: "µs per aggregate",
    variants: [
      { name: OURS, role: "ours", sample: cpuTime(onAnswer(answer, decode)) },
      { name: FLOOR, role: "floor", sample: cpuTime(onAnswer(answer, digestOf)) },
      { name: PEER, role: "peer", sample: cpuTime(onAnswer(answer, decodeWithPeer)) },
    ],
    goals: [goalOf(traffic)],
    check: () => {
      for (const aggregate of answer) {
        const same = decodeWithPeer(aggregate).map(({ partitionKey, data }) => ({
          partitionKey,
          data: new Uint8Array(Buffer.from(data, "base64")),
        }));
        assert.deepEqual(decode(aggregate), same);
      }
    },
  };
  if (haveJavaPeers()) yield* besideKcl(`decode for a shard, ${what}`, answer);
}

/** By the processor and by the clock: the KCL's virtual machine has more threads than one. */
async function* besideKcl(
  title: string,
  answer: readonly Uint8Array[],
): AsyncGenerator<Comparison> {
  const filter = await newShardFilter();
  const decodeForShard = (aggregate: Uint8Array): readonly AggregatedRecord[] =>
    decode(aggregate).filter(({ explicitHashKey, partitionKey }) =>
      filter.covers(partitionKey, explicitHashKey),
    );
  await using kcl = await KclDecoder.start();
  await kcl.take(answer, answer.flatMap(decodeForShard));
  const entrants: readonly Entrant[] = [
    { name: FOR_SHARD, role: "ours", sample: timeSpent(onAnswer(answer, decodeForShard)) },
    { name: FLOOR, role: "floor", sample: timeSpent(onAnswer(answer, digestOf)) },
    { name: KCL, role: "peer", sample: () => kcl.sample() },
  ];
  const figures = new SideFigures<Spent>();
  yield {
    title,
    unit: "µs per aggregate",
    variants: entrants.map(({ name, role, sample }) => ({
      name,
      role,
      sample: async () => (await figures.take(name, sample)).cpuUs,
    })),
    goals: [],
    check: () => {
      for (const aggregate of answer)
        assert.deepEqual(decodeForShard(aggregate), decode(aggregate));
    },
  };
  yield {
    title: `${title}, by the clock`,
    unit: "µs per aggregate",
    variants: entrants.map(({ name, role }) => ({
      name,
      role,
      sample: () => figures.next(name).wallUs,
    })),
    goals: [],
    check: () => {},
  };
}

function onAnswer(
  answer: readonly Uint8Array[],
  run: (aggregate: Uint8Array) => unknown,
): Work<readonly Uint8Array[]> {
  return { units: ANSWER_AGGREGATES, prepare: () => answer, run: (all) => all.map(run) };
}

function goalOf({ id, title }: Traffic): Goal {
  return {
    id: `G4.${id}`,
    what: `decode ${title}, digest checked: speed over that of aws-kinesis-agg`,
    direction: "higher",
    of: OURS,
    against: PEER,
    ...BOUNDS[id],
  };
}

function decode(aggregate: Uint8Array): readonly AggregatedRecord[] {
  const decoded = deaggregate(aggregate);
  assert.equal(decoded.kind, "aggregate");
  return decoded.records;
}

/** Handed bytes, which it takes faster than the base64 of a Lambda event. */
function decodeWithPeer(aggregate: Uint8Array): UserRecord[] {
  const data = Buffer.from(aggregate.buffer, aggregate.byteOffset, aggregate.length);
  let decoded: UserRecord[] = [];
  deaggregateSync({ partitionKey: "a", sequenceNumber: "1", data }, true, (error, records) => {
    assert.ok(!error && records !== undefined);
    decoded = records;
  });
  return decoded;
}
