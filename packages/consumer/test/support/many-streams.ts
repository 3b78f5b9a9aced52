// Streams beside the one of a fleet, some of them in other accounts.
import type { KinesisApi } from "@shardline/core";
import { parseStreamName, streamNameOfKey } from "../../src/lease/lease-key.ts";
import type { Lease } from "../../src/lease/lease.ts";
import type { Fleet } from "./fleet.ts";
import { bytesOf } from "./kinesis-records.ts";
import { ANY_SIGNAL } from "./held.ts";

/** Creates a stream, in the fleet's own account if no other port is given, and waits until it is there. */
export async function createStream(
  fleet: Fleet,
  name: string,
  shards: number = 1,
  kinesis: KinesisApi = fleet.kinesis,
): Promise<void> {
  await kinesis.createStream({ stream: { name }, shardCount: shards }, ANY_SIGNAL);
  await fleet.clock.advance(1000);
}

export async function deleteStream(fleet: Fleet, name: string): Promise<void> {
  await fleet.emulator.call("DeleteStream", { StreamName: name });
  await fleet.clock.advance(1000);
}

export async function putTo(
  name: string,
  texts: readonly string[],
  kinesis: KinesisApi,
  partitionKey = "key",
): Promise<void> {
  const entries = texts.map((text) => ({ partitionKey, data: bytesOf(text) }));
  await kinesis.putRecords({ stream: { name }, entries }, ANY_SIGNAL);
}

/** What was delivered, by stream. */
export function textsByStream({ delivered }: Fleet): Record<string, string[]> {
  const texts: Record<string, string[]> = {};
  for (const { stream, text } of delivered) (texts[stream] ??= []).push(text);
  return texts;
}

/** The leases of a stream by its plain name. */
export function leasesOfStream(fleet: Fleet, name: string): readonly Lease[] {
  return fleet.table.snapshot().filter(({ key }) => {
    return parseStreamName(streamNameOfKey(key) ?? "")?.name === name;
  });
}
