// lifion-kinesis, on the second version of the AWS SDK. It says nothing of its leases, and hands on all that it fetched
// without waiting for anybody.
import { createRequire } from "node:module";
import { join } from "node:path";
import { PEERS_FOLDER } from "../peers-folder.ts";
import { serveWorker } from "./node-worker.ts";

interface Lifion {
  on(event: "data", listener: (batch: LifionBatch) => void): void;
  on(event: "error", listener: (error: Error) => void): void;
  startConsumer(): Promise<void>;
  stopConsumer(): void;
}

interface LifionBatch {
  readonly shardId: string;
  readonly records: readonly { readonly data: unknown }[];
}

Object.assign(process.env, {
  AWS_NODEJS_CONNECTION_REUSE_ENABLED: "1",
  AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE: "1",
});
const requirePeer = createRequire(join(PEERS_FOLDER, "package.json"));
const Kinesis = requirePeer("lifion-kinesis") as new (options: object) => Lifion;

serveWorker((task, application, { handed }) => {
  const { account, endpoint, idleMs, read, startAt, stream } = task;
  const client = {
    endpoint,
    region: "us-east-1",
    accessKeyId: account,
    secretAccessKey: "unchecked",
  };
  const lifion = new Kinesis({
    ...client,
    streamName: stream,
    consumerGroup: application,
    createStreamIfNeeded: false,
    dynamoDb: { ...client, tableName: stream },
    initialPositionInStream: startAt,
    shouldDeaggregate: true,
    shouldParseJson: false,
    useEnhancedFanOut: read === "fan-out",
    maxEnhancedConsumers: 1,
    ...(idleMs === 0 ? {} : { noRecordsPollDelay: idleMs, pollDelay: idleMs }),
  });
  lifion.on("data", ({ records, shardId }) =>
    handed({
      shardId,
      count: records.length,
      texts: () => records.map(({ data }) => String(data)),
    }),
  );
  lifion.on("error", (error) => process.stderr.write(`${error.stack}\n`));
  void lifion.startConsumer();
  return async () => lifion.stopConsumer();
});
