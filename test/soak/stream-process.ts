// The process of the soak's stream: an emulator that fails some calls and leaves others without an answer, that changes
// its shards now and then, and that is read all the time, so that it may drop what is old.
import { setTimeout as sleep } from "node:timers/promises";
import { systemRandom } from "@shardline/core";
import { type FaultInput, startEmulator } from "@shardline/emulator";
import { reshard } from "../simulation/faults/reshard.ts";
import { ShardReader } from "./shard-reader.ts";
import {
  STREAM,
  type StreamArgument,
  type StreamRead,
  type StreamReady,
} from "./stream-messages.ts";

const SHARDS = 4;
const STORED_BYTES = 64 * 1024 * 1024;
const READ_MS = 100;
/** Of 100 calls two fail, and one is never answered; of those, every other one has taken effect. */
const FAULTS: readonly FaultInput[] = [
  putRecordsFault({ kind: "error", type: "InternalFailure" }, 0.01),
  putRecordsFault({ kind: "failRecords", fraction: 0.5 }, 0.01),
  putRecordsFault({ kind: "hang" }, 0.005),
  putRecordsFault({ kind: "commitThenDrop", how: "hang" }, 0.005),
];

const { maxIds, reshardMs } = JSON.parse(process.argv[2] ?? "") as StreamArgument;
const emulator = await startEmulator({
  streams: { [STREAM]: SHARDS },
  maxBytes: STORED_BYTES,
  whenFull: "drop-oldest",
  faults: FAULTS,
});
const reader = new ShardReader(emulator.kinesis, STREAM, maxIds);
let reshards = 0;
setInterval(() => void changeShards(), reshardMs);
process.on("disconnect", () => process.exit());
process.once("message", () => void tellAll());
tell({ port: emulator.port });
while (true) {
  await reader.readOn();
  await sleep(READ_MS);
}

async function changeShards(): Promise<void> {
  if ((await reshard(emulator.kinesis, STREAM, systemRandom)) !== undefined) reshards += 1;
}

async function tellAll(): Promise<void> {
  await reader.readToEnd();
  const faults = emulator.faults.list().reduce((sum, { hits }) => sum + hits, 0);
  tell({ deliveries: reader.deliveries, reshards, faults });
}

function tell(message: StreamReady | StreamRead): void {
  process.send?.(message);
}

function putRecordsFault(
  effect: Exclude<FaultInput, { preset: unknown }>["effect"],
  probability: number,
): FaultInput {
  return { effect, match: { operations: "PutRecords", probability } };
}
