// Aggregates -> records, as many as a GetRecords answer may hold, the digests checked: goal G4.
import assert from "node:assert/strict";
import { type AggregatedRecord, deaggregate } from "@shardline/aggregation";
import { deaggregateSync, type UserRecord } from "aws-kinesis-agg";
import { cpuTime } from "../cpu-time.ts";
import type { Comparison } from "../suite.ts";
import { encode } from "./encode.ts";
import { digestOf } from "./floor.ts";
import { ANSWER_AGGREGATES, makeRecords, type Traffic } from "./inputs.ts";

const OURS = "deaggregate";
const PEER = "aws-kinesis-agg";

const BOUNDS = {
  keys20: { must: 3, stretch: 6 },
  unique: { must: 2.5, stretch: 4 },
  "1kb": { must: 1.6, stretch: 4 },
} as const;

/** Ours, the floor and the peer on one kind of traffic. */
export function decodeComparison(traffic: Traffic): Comparison {
  const answer: Uint8Array[] = [];
  while (answer.length < ANSWER_AGGREGATES) answer.push(...encode(makeRecords(traffic)));
  const onAnswer = (run: (aggregate: Uint8Array) => unknown): (() => number) =>
    cpuTime({ units: ANSWER_AGGREGATES, prepare: () => answer, run: (all) => all.map(run) });
  return {
    title: `decode, ${traffic.title}: ${traffic.recordsPerAggregate} records in ${answer[0]?.length} bytes`,
    unit: "µs per aggregate",
    variants: [
      { name: OURS, role: "ours", sample: onAnswer(decode) },
      { name: "MD5 alone", role: "floor", sample: onAnswer(digestOf) },
      { name: PEER, role: "peer", sample: onAnswer(decodeWithPeer) },
    ],
    goals: [
      {
        id: `G4.${traffic.id}`,
        what: `decode ${traffic.title}, digest checked: speed over that of aws-kinesis-agg`,
        direction: "higher",
        of: OURS,
        against: PEER,
        ...BOUNDS[traffic.id],
      },
    ],
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
