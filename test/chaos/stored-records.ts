// What a stream holds in the end, past all limits and faults: the truth that journals are compared with.
import { setImmediate } from "node:timers/promises";
import type { InspectedStream } from "@shardline/emulator";
import { readInRange, readShardAsKcl } from "../../packages/producer/test/support/kcl-reader.ts";
import { placeOf } from "./place.ts";
import { identityOf } from "./workload.ts";

/** Every user record that our consumer must be handed, once for each time that it is stored. */
export interface StoredRecords {
  readonly shardIds: readonly string[];
  /** Of each record: index into `shardIds`. */
  readonly shards: Uint16Array;
  readonly places: Float64Array;
  readonly keys: Uint32Array;
  readonly numbers: Uint32Array;
  /** 1 for what a KCL is handed too; it drops the whole aggregate where a member is out of range. */
  readonly areForKcl: Uint8Array;
}

/** So many Kinesis records are looked at before others get their turn: leases must be renewed meanwhile. */
const CHUNK = 100;

/** To be called when nothing is put any more. */
export async function storedRecordsOf(stream: InspectedStream): Promise<StoredRecords> {
  const shards: number[] = [];
  const places: number[] = [];
  const keys: number[] = [];
  const numbers: number[] = [];
  const areForKcl: number[] = [];
  for (const [index, shard] of stream.shards.entries()) {
    for (const [at, record] of shard.records.entries()) {
      if (at % CHUNK === 0) await setImmediate();
      const part = { ...shard, records: [record] };
      const asKcl = readShardAsKcl(part);
      const isForKcl = asKcl.length > 0;
      const read = isForKcl ? asKcl : readInRange({ ...stream, shards: [part] });
      for (const userRecord of read) {
        const { key, number } = identityOf(Buffer.from(userRecord.data));
        shards.push(index);
        places.push(placeOf(userRecord));
        keys.push(key);
        numbers.push(number);
        areForKcl.push(isForKcl ? 1 : 0);
      }
    }
  }
  return {
    shardIds: stream.shards.map(({ shardId }) => shardId),
    shards: Uint16Array.from(shards),
    places: Float64Array.from(places),
    keys: Uint32Array.from(keys),
    numbers: Uint32Array.from(numbers),
    areForKcl: Uint8Array.from(areForKcl),
  };
}
