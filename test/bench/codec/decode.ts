// Aggregates -> records, as many as a GetRecords answer may hold, the digests checked: goal G4.
import assert from "node:assert/strict";
import { type AggregatedRecord, deaggregate } from "@shardline/aggregation";
import { deaggregateSync, type UserRecord } from "aws-kinesis-agg";
import { type Spent, timeSpent } from "../cpu-time.ts";
import { haveJavaPeers } from "../java-peers.ts";
import { SideFigures } from "../side-figures.ts";
import type { Comparison, Goal } from "../suite.ts";
import { encode } from "./encode.ts";
import { digestOf } from "./floor.ts";
import { ANSWER_AGGREGATES, makeRecords, type Traffic } from "./inputs.ts";
import { KclDecoder } from "./kcl-decoder.ts";

const OURS = "deaggregate";
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

/** Ours, the floor and the peers on one kind of traffic, by the processor's time; and by the clock beside the KCL. */
export async function* decodeComparisons(traffic: Traffic): AsyncGenerator<Comparison> {
  const answer: Uint8Array[] = [];
  while (answer.length < ANSWER_AGGREGATES) answer.push(...encode(makeRecords(traffic)));
  await using kcl = haveJavaPeers() ? await KclDecoder.start() : undefined;
  await kcl?.take(answer, answer.flatMap(decode));
  const entrants = entrantsOf(answer, kcl);
  const figures = new SideFigures<Spent>();
  const title = `decode, ${traffic.title}: ${traffic.recordsPerAggregate} records in ${answer[0]?.length} bytes`;
  yield {
    title,
    unit: "µs per aggregate",
    variants: entrants.map(({ name, role, sample }) => ({
      name,
      role,
      sample: async () => (await figures.take(name, sample)).cpuUs,
    })),
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
  if (kcl === undefined) return;
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

function entrantsOf(answer: readonly Uint8Array[], kcl: KclDecoder | undefined): Entrant[] {
  const onAnswer = (run: (aggregate: Uint8Array) => unknown): (() => Spent) =>
    timeSpent({ units: ANSWER_AGGREGATES, prepare: () => answer, run: (all) => all.map(run) });
  return [
    { name: OURS, role: "ours", sample: onAnswer(decode) },
    { name: "MD5 alone", role: "floor", sample: onAnswer(digestOf) },
    { name: PEER, role: "peer", sample: onAnswer(decodeWithPeer) },
    ...(kcl === undefined
      ? []
      : [{ name: KCL, role: "peer", sample: () => kcl.sample() } satisfies Entrant]),
  ];
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
