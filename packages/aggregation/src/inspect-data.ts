// The slow way in, for people: what `deaggregate` makes of data, and where it makes nothing of it, why not.
import { md5 } from "@shardline/core";
import { deaggregate } from "./deaggregate.ts";
import type { AggregatedRecord } from "./deaggregation.ts";
import { hasMagic, messageOf } from "./envelope.ts";
import { DIGEST_BYTES, MAGIC, OVERHEAD_BYTES } from "./format.ts";
import { faultOf } from "./protobuf-decoder.ts";

/** Why data is the user's own and no aggregate. */
export type PlainCause =
  /** It begins otherwise than every aggregate does. */
  | { readonly kind: "no-magic" }
  /** No message fits between the magic and the digest. */
  | { readonly kind: "too-short"; readonly leastBytes: number }
  /** Its last 16 bytes are not the MD5 of what is before them. */
  | {
      readonly kind: "wrong-digest";
      readonly carried: Uint8Array;
      readonly computed: Uint8Array;
    }
  /** Magic and digest are right, but what they enclose cannot be read. */
  | { readonly kind: "unreadable"; readonly reason: string; readonly atByte: number };

/** What data is, and what speaks for it. Digests are those that it carries. */
export type Inspection =
  | { readonly kind: "plain"; readonly cause: PlainCause }
  | {
      readonly kind: "aggregate";
      readonly digest: Uint8Array;
      readonly records: readonly AggregatedRecord[];
    }
  | { readonly kind: "malformed"; readonly digest: Uint8Array; readonly reason: string };

/** Takes the data of a Kinesis record apart, or tells why it cannot be; agrees with `deaggregate`. */
export function inspectData(data: Uint8Array): Inspection {
  const cause = faultOfEnvelope(data);
  if (cause !== undefined) return { kind: "plain", cause };
  const digest = data.subarray(data.length - DIGEST_BYTES);
  const found = deaggregate(data);
  if (found.kind !== "plain") return { ...found, digest };
  const { atByte, reason } = faultOf(messageOf(data)) ?? { atByte: 0, reason: "unknown" };
  return { kind: "plain", cause: { kind: "unreadable", reason, atByte: MAGIC.length + atByte } };
}

function faultOfEnvelope(data: Uint8Array): PlainCause | undefined {
  if (!hasMagic(data)) return { kind: "no-magic" };
  if (data.length <= OVERHEAD_BYTES) {
    return { kind: "too-short", leastBytes: OVERHEAD_BYTES + 1 };
  }
  const carried = data.subarray(data.length - DIGEST_BYTES);
  const computed = new Uint8Array(md5(messageOf(data)));
  return Buffer.compare(carried, computed) === 0
    ? undefined
    : { kind: "wrong-digest", carried, computed };
}
