// The process of the emulator: a stream, and the lease table in dynalite, on one free port of this machine.
import { startEmulator } from "@shardline/emulator";
import { SHARDS, STREAM, type StreamTask } from "./messages.ts";

const { latencyMs } = JSON.parse(process.argv[2] ?? "") as StreamTask;
const services = ["kinesis", "dynamodb"] as const;
const emulator = await startEmulator({
  streams: { [STREAM]: SHARDS },
  faults:
    latencyMs === 0
      ? []
      : services.map((service) => ({
          match: { service },
          effect: { kind: "latency", ms: latencyMs },
        })),
});
process.on("disconnect", () => process.exit());
process.send?.(emulator.clientConfig("kinesis"));
