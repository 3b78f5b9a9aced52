// lifion-kinesis, a producer and consumer on the second version of the AWS SDK: 500 records in each call.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { STREAM } from "../emulator/traffic.ts";
import { PEERS_FOLDER } from "../peers-folder.ts";
import { callLoad } from "./call-load.ts";
import type { Load } from "./load.ts";
import { RecordSource, type Traffic } from "./traffic.ts";

interface Lifion {
  putRecords(params: {
    readonly records: readonly { readonly partitionKey: string; readonly data: string }[];
  }): Promise<{ readonly records: readonly { readonly sequenceNumber?: string }[] }>;
}

const RECORDS = 500;

/** With kept connections, which its SDK has to be told. */
export function lifionLoad(endpoint: string, traffic: Traffic): Load {
  Object.assign(process.env, {
    AWS_NODEJS_CONNECTION_REUSE_ENABLED: "1",
    AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE: "1",
  });
  const requirePeer = createRequire(join(PEERS_FOLDER, "package.json"));
  const Kinesis = requirePeer("lifion-kinesis") as new (options: object) => Lifion;
  const kinesis = new Kinesis({
    streamName: STREAM,
    endpoint,
    region: "us-east-1",
    accessKeyId: "bench",
    secretAccessKey: "bench",
  });
  const source = new RecordSource(traffic);
  // It makes JSON of anything that is no string, a Buffer included.
  const texts = new Map<Buffer, string>();
  const textOf = (data: Buffer): string => {
    const known = texts.get(data);
    if (known !== undefined) return known;
    const text = data.toString("latin1");
    texts.set(data, text);
    return text;
  };
  return callLoad({
    call: async () => {
      const records = source
        .take(RECORDS)
        .map(({ data, partitionKey }) => ({ partitionKey, data: textOf(data) }));
      const answer = await kinesis.putRecords({ records });
      assert.equal(answer.records.length, RECORDS);
      for (const { sequenceNumber } of answer.records) assert(sequenceNumber !== undefined);
      return RECORDS;
    },
    close: () => {},
  });
}
