// One of our workers in a process of its own, which can be killed.
import type { EmulatorClientConfig } from "@shardline/emulator";
import { LineProgram } from "./line-program.ts";
import { type OnDelivery, WorkerProgram } from "./worker-program.ts";

/** Plain JavaScript, because Node 20 runs nothing else; it prints what the program of the KCL does. */
const PROGRAM = `
  import { createConsumer } from "@shardline/consumer";
  import { silentLogger } from "@shardline/core";

  const { worker, ...options } = JSON.parse(process.argv[1]);
  const consumer = createConsumer({
    startAt: "TRIM_HORIZON",
    logger: silentLogger,
    ...options,
    workerId: worker,
    processBatch: async ({ records }, { shardId }) => {
      const lines = records.map(({ data, explicitHashKey = "", partitionKey, ...at }) => {
        const place = [worker, shardId, at.sequenceNumber, at.subSequenceNumber, ""];
        return ["record", ...place, partitionKey, explicitHashKey, Buffer.from(data)].join("\\t") + "\\n";
      });
      // What is checkpointed afterwards has been printed, whatever becomes of this process.
      await new Promise((done) => process.stdout.write(lines.join(""), done));
    },
  });
  const stop = new AbortController();
  process.stdin.on("end", () => stop.abort()).resume();
  await consumer.run({ signal: stop.signal });
`;

export interface NativeProcessOptions {
  readonly application: string;
  readonly stream: string;
  readonly worker: string;
  readonly failoverMs: number;
  readonly kinesis: EmulatorClientConfig;
  readonly dynamodb: EmulatorClientConfig;
  readonly onDelivery: OnDelivery;
}

export class NativeProcess extends WorkerProgram {
  constructor({ failoverMs, onDelivery, ...options }: NativeProcessOptions) {
    const settings = JSON.stringify({ ...options, leases: { failoverMs } });
    const args = ["--no-warnings", "--input-type=module", "--eval", PROGRAM, settings];
    super(new LineProgram(process.execPath, args), onDelivery);
  }
}
