// Answers of a service that always has more, in both of its forms; those to GetRecords are in shard-answers.ts.
import { cbor } from "@smithy/core/cbor";
import type { HashKeyRange } from "@shardline/core";
import { type Load, shardsOf, storedRecords } from "./load.ts";
import { type Form, ShardAnswers } from "./shard-answers.ts";

/** The content type of CBOR. */
const CBOR = "application/x-amz-cbor-1.1";
const CREATED_MS = 1_767_225_600_123;

type Ready = Readonly<Record<Form, Buffer>>;

/** Answers a call: the operation, its body as text, and the form it came in. */
export type AnswerCall = (operation: string, body: string, contentType: string) => Buffer;

/** Makes all answers of a kind; the name of a shard, or of its iterator, is somewhere in the body of a call. */
export function answersFor(load: Load): AnswerCall {
  const shards = shardsOf(load);
  const listing = ready({ Shards: shards.map(shardOf) });
  const description = { json: descriptionIn("json", load), cbor: descriptionIn("cbor", load) };
  const answers = shards.map(
    (shard, i) => new ShardAnswers(shardIdOf(i), storedRecords(load, shard)),
  );
  const iterators = shards.map((_, i) => ready({ ShardIterator: shardIdOf(i) }));
  return (operation, body, contentType) => {
    const form = contentType === CBOR ? "cbor" : "json";
    if (operation === "ListShards") return listing[form];
    if (operation === "DescribeStreamSummary") return description[form];
    const shard = shards.findIndex((_, i) => body.includes(shardIdOf(i)));
    if (operation !== "GetRecords") return (iterators[shard] as Ready)[form];
    return (answers[shard] as ShardAnswers).next(limitIn(body, form), form);
  };
}

/** How many records a call asks for; a call that does not say so asks for all. */
function limitIn(body: string, form: Form): number {
  const input: { readonly Limit?: number } =
    form === "json" ? JSON.parse(body) : cbor.deserialize(Buffer.from(body, "latin1"));
  return input.Limit ?? Number.POSITIVE_INFINITY;
}

/** The name of a shard; also of all iterators of it. */
export function shardIdOf(shard: number): string {
  return `shardId-${String(shard).padStart(12, "0")}`;
}

function descriptionIn(form: Form, { shards }: Load): Buffer {
  const summary = {
    StreamName: "bench",
    StreamARN: "arn:aws:kinesis:us-east-1:123456789012:stream/bench",
    StreamStatus: "ACTIVE",
    StreamCreationTimestamp: form === "json" ? CREATED_MS / 1000 : CREATED_MS,
    OpenShardCount: shards,
    RetentionPeriodHours: 24,
    EnhancedMonitoring: [],
  };
  return ready({ StreamDescriptionSummary: summary })[form];
}

function shardOf({ end, start }: HashKeyRange, i: number): object {
  return {
    ShardId: shardIdOf(i),
    HashKeyRange: { StartingHashKey: String(start), EndingHashKey: String(end) },
    SequenceNumberRange: { StartingSequenceNumber: "1" },
  };
}

function ready(answer: object): Ready {
  return { json: Buffer.from(JSON.stringify(answer)), cbor: Buffer.from(cbor.serialize(answer)) };
}
