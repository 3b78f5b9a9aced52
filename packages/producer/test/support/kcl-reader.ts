// A reader as the KCL is one, written apart from our own codec: it takes aggregates apart, and drops a whole
// aggregate, silently, when one of its records has a hash key outside the range of the shard it was read from.
import { createHash } from "node:crypto";
import type { KinesisRecord } from "@shardline/core";
import type { InspectedShard, InspectedStream } from "@shardline/emulator";

/** A user record as a consumer gets it. */
export interface ReadRecord {
  readonly shardId: string;
  readonly sequenceNumber: string;
  readonly subSequenceNumber: number;
  readonly partitionKey: string;
  readonly explicitHashKey?: string;
  readonly data: string;
}

/** Some records of a shard. */
type ShardPart = Pick<InspectedShard, "shardId" | "hashKeyRange"> & {
  readonly records: readonly Pick<KinesisRecord, "data" | "partitionKey" | "sequenceNumber">[];
};
type Member = Pick<ReadRecord, "partitionKey" | "explicitHashKey" | "data">;
type NumberedMember = Member & Pick<ReadRecord, "subSequenceNumber">;
type Field = { readonly number: number; readonly value: number | Buffer };

const MAGIC = Buffer.from("f3899ac2", "hex");
const DIGEST_BYTES = 16;

/** Every user record of a stream that the KCL would deliver, shard by shard, parents before children. */
export function readAsKcl(stream: InspectedStream | undefined): ReadRecord[] {
  return (stream?.shards ?? []).flatMap(readShardAsKcl);
}

/** The same of some records of one shard. */
export function readShardAsKcl(shard: ShardPart): ReadRecord[] {
  return readShard(shard, (members) =>
    members.every((member) => belongs(member, shard)) ? members : [],
  );
}

/** The same for a reader that drops single records, as our own consumer does. */
export function readInRange(stream: InspectedStream | undefined): ReadRecord[] {
  return (stream?.shards ?? []).flatMap((shard) =>
    readShard(shard, (members) => members.filter((member) => belongs(member, shard))),
  );
}

/** Every user record that a stream holds, those included that readers would drop. */
export function readEverything(stream: InspectedStream | undefined): ReadRecord[] {
  return (stream?.shards ?? []).flatMap((shard) => readShard(shard, (members) => members));
}

/** The user records inside the data of a Kinesis record; `undefined` if it is a plain one. */
export function membersOf(data: Uint8Array): Member[] | undefined {
  const bytes = Buffer.from(data);
  const body = bytes.subarray(MAGIC.length, -DIGEST_BYTES);
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC) || body.length === 0) return undefined;
  const digest = createHash("md5").update(body).digest();
  if (!digest.equals(bytes.subarray(-DIGEST_BYTES))) return undefined;
  const fields = fieldsOf(body);
  const textsOf = (number: number): string[] =>
    fields.filter((field) => field.number === number).map(({ value }) => String(value));
  const [keys, hashKeys] = [textsOf(1), textsOf(2)];
  return fields
    .filter(({ number }) => number === 3)
    .map(({ value }) => {
      const record = new Map(fieldsOf(value as Buffer).map((field) => [field.number, field.value]));
      const hashKey = record.get(2);
      return {
        partitionKey: keys[record.get(1) as number] as string,
        ...(hashKey === undefined
          ? {}
          : { explicitHashKey: hashKeys[hashKey as number] as string }),
        data: String(record.get(3)),
      };
    });
}

/** A shard's records; of those in an aggregate, the ones that `pick` leaves. */
function readShard(
  shard: ShardPart,
  pick: (members: readonly NumberedMember[]) => readonly NumberedMember[],
): ReadRecord[] {
  const { shardId } = shard;
  return shard.records.flatMap(({ data, partitionKey = "", sequenceNumber }) => {
    const aggregated = membersOf(data)?.map((member, subSequenceNumber) => ({
      ...member,
      subSequenceNumber,
    }));
    const plain = { partitionKey, data: Buffer.from(data).toString(), subSequenceNumber: 0 };
    const members = aggregated === undefined ? [plain] : pick(aggregated);
    return members.map((member) => ({ shardId, sequenceNumber, ...member }));
  });
}

function belongs({ explicitHashKey, partitionKey }: Member, { hashKeyRange }: ShardPart): boolean {
  const digest = createHash("md5").update(partitionKey).digest("hex");
  const hashKey = explicitHashKey === undefined ? BigInt(`0x${digest}`) : BigInt(explicitHashKey);
  if (hashKeyRange === undefined) return true;
  return hashKeyRange.start <= hashKey && hashKey <= hashKeyRange.end;
}

/** Varints and length-delimited fields of a protobuf message, in order. */
function fieldsOf(message: Buffer): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): number => {
    for (let value = 0, factor = 1; ; factor *= 128) {
      const byte = message[at++] as number;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const value = varint();
    if ((tag & 7) === 0) fields.push({ number: tag >> 3, value });
    else fields.push({ number: tag >> 3, value: message.subarray(at, (at += value)) });
  }
  return fields;
}
