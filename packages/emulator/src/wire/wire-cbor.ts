// CBOR 1.1, in which the SDKs for Java and their KCL speak: JSON's members, but data is bytes and times are epoch
// milliseconds, tagged as times. Operations know neither: they take and give epoch seconds.
import type { ApiFailure } from "@shardline/core";
import { decode as decodeCbor, encode as encodeCbor, Tagged } from "cborg";
import { CborTokens } from "./cbor-tokens.ts";
import { type CborRecord, writeRecords, writeResults } from "./hot-cbor.ts";
import { failureMembers } from "./wire-failure.ts";
import { CBOR_CONTENT_TYPE, type Wire } from "./wire.ts";
import { isStructure } from "../input/type-fault.ts";
import type { PutRecordsOutput } from "../operations/put-records.ts";

const TIME_TAG = 1;
/** The times of the service's model. */
const TIMES: ReadonlySet<string> = new Set([
  "ApproximateArrivalTimestamp",
  "ChannelCreationTimestamp",
  "ConsumerCreationTimestamp",
  "EarliestAllowedEndAt",
  "EndedAt",
  "StartedAt",
  "StreamCreationTimestamp",
  "Timestamp",
]);

/** What GetRecords answers, and what events of SubscribeToShard are. */
interface WithRecords {
  readonly Records: readonly CborRecord[];
}

/** CBOR 1.1. */
export const CBOR_WIRE: Wire = {
  contentType: CBOR_CONTENT_TYPE,
  decode,
  encode,
  encodeFailure,
};

function decode(body: Buffer): unknown {
  try {
    // Nesting that is too deep for the stack is an error like any other.
    return withSeconds(decodeCbor(body, { tokenizer: new CborTokens(body) }));
  } catch {
    return undefined;
  }
}

function encode(operation: string, output: unknown): Buffer {
  switch (operation) {
    case "PutRecords": {
      const { Records, ...rest } = output as PutRecordsOutput;
      return withList("Records", writeResults(Records), rest);
    }
    case "GetRecords":
    case "SubscribeToShardEvent": {
      const { Records, ...rest } = output as WithRecords;
      return withList("Records", writeRecords(Records), rest);
    }
    default:
      return encodeMembers(output ?? {});
  }
}

function encodeFailure(failure: Pick<ApiFailure, "awsName" | "reason">): Buffer {
  return encodeMembers(failureMembers(failure));
}

/** A map that begins with a list that is written already; it is one of unstated length, like Java's. */
function withList(name: string, list: Buffer, rest: object): Buffer {
  // The head of a map of so few members is one byte.
  const members = encodeMembers(rest).subarray(1);
  return Buffer.concat([Buffer.of(0xbf), encodeCbor(name), list, members, Buffer.of(0xff)]);
}

function encodeMembers(output: unknown): Buffer {
  const bytes = encodeCbor(withTags(output), { ignoreUndefinedProperties: true });
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Times stand at the top of inputs and in structures, never in lists. Changes what it is given. */
function withSeconds(input: unknown): unknown {
  if (!isStructure(input)) return input;
  for (const [name, value] of Object.entries(input)) {
    if (typeof value !== "number") withSeconds(value);
    else if (TIMES.has(name)) Object.assign(input, { [name]: value / 1000 });
  }
  return input;
}

function withTags(output: unknown): unknown {
  if (Array.isArray(output)) return output.map(withTags);
  if (!isStructure(output)) return output;
  return Object.fromEntries(
    Object.entries(output).map(([name, value]) => [
      name,
      typeof value === "number" && TIMES.has(name)
        ? new Tagged(TIME_TAG, Math.round(value * 1000))
        : withTags(value),
    ]),
  );
}
