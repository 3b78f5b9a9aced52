// Dead letters for sinks.
import type { DeadLetter } from "../../src/dead-letter/index.ts";

export const SIGNAL: AbortSignal = new AbortController().signal;

/** A letter with something odd in every field that may be odd. */
export function letterOf(fields: Partial<DeadLetter> = {}): DeadLetter {
  return {
    stream: "orders",
    shardId: "shardId-000000000000",
    sequenceNumber: "49600000000000000000000000000000000000000000000000000001",
    subSequenceNumber: 7,
    partitionKey: 'line\n"quote" \u2028 ünïcode',
    explicitHashKey: "12",
    data: Uint8Array.from({ length: 256 }, (_, i) => i),
    arrivedAtMs: 1_700_000_000_000,
    attempts: 5,
    error: new Error("no such\ncustomer"),
    ...fields,
  };
}

export const jsonOf = (text: string): Record<string, unknown> =>
  JSON.parse(text) as Record<string, unknown>;

export const bytesIn = (json: Record<string, unknown>): Uint8Array =>
  new Uint8Array(Buffer.from(json["data"] as string, "base64"));
