// Clients of the peers that run in Node, as people set them up.
import { createRequire } from "node:module";
import { join } from "node:path";
import { KinesisClient, type KinesisClientConfig } from "@aws-sdk/client-kinesis";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { STREAM } from "../emulator/traffic.ts";
import { PEERS_FOLDER } from "../peers-folder.ts";
import { CALLS } from "./call-load.ts";

/** The AWS SDK's client as it comes: HTTP/2, a connection for each call. */
export function sdkClient(endpoint: string): KinesisClient {
  return newClient(endpoint, {});
}

/** With all that its configuration can do: kept connections, the middleware built once, nothing logged. */
export function tunedSdkClient(endpoint: string): KinesisClient {
  const sockets = { keepAlive: true, maxSockets: CALLS };
  const requestHandler = new NodeHttpHandler({ httpAgent: sockets, httpsAgent: sockets });
  return newClient(endpoint, { requestHandler, cacheMiddleware: true });
}

function newClient(endpoint: string, config: KinesisClientConfig): KinesisClient {
  return new KinesisClient({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "bench", secretAccessKey: "bench" },
    ...config,
  });
}

/** What lifion-kinesis takes: it makes JSON of data that is no string. */
interface LifionRecord {
  readonly partitionKey: string;
  readonly data: string;
}

/** lifion-kinesis, a producer and consumer on the second version of the AWS SDK. */
interface Lifion {
  putRecord(record: LifionRecord): Promise<{ readonly sequenceNumber?: string }>;
  putRecords(params: {
    readonly records: readonly LifionRecord[];
  }): Promise<{ readonly records: readonly { readonly sequenceNumber?: string }[] }>;
}

/** With kept connections, which its SDK has to be told. */
export function lifionClient(endpoint: string): Lifion {
  Object.assign(process.env, {
    AWS_NODEJS_CONNECTION_REUSE_ENABLED: "1",
    AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE: "1",
  });
  const requirePeer = createRequire(join(PEERS_FOLDER, "package.json"));
  const Kinesis = requirePeer("lifion-kinesis") as new (options: object) => Lifion;
  return new Kinesis({
    streamName: STREAM,
    endpoint,
    region: "us-east-1",
    accessKeyId: "bench",
    secretAccessKey: "bench",
  });
}
