// Who reads what is pushed: our adapter, by the wire and by the SDK; the SDK as people use it; and the bytes alone.
import { connect } from "node:http2";
import { KinesisClient, SubscribeToShardCommand } from "@aws-sdk/client-kinesis";
import { createAwsKinesisApi, openKinesisClient } from "@shardline/aws";
import { EVENT_RECORDS, EVENTS, type RecordSize } from "./pushed-messages.ts";

/** Reads one subscription to its end. */
export type ReadAll = () => Promise<void>;

const CONSUMER = "arn:aws:kinesis:eu-west-1:123456789012:stream/orders/consumer/billing:1";

function configFor(endpoint: string): object {
  const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
  return { endpoint, region: "eu-west-1", credentials };
}

/** By the port, with a client of our own. */
export function ours(endpoint: string, way: "wire" | "send", size: RecordSize): ReadAll {
  const { wire, ...open } = openKinesisClient(configFor(endpoint));
  if (wire === undefined) throw new Error("there is no wire");
  const api = createAwsKinesisApi(way === "send" ? open : { ...open, wire });
  const request = { consumerArn: CONSUMER, shardId: size, start: { type: "LATEST" } } as const;
  return async () => {
    let records = 0;
    const { signal } = new AbortController();
    for await (const event of await api.subscribeToShard(request, signal)) {
      records += event.records.length;
    }
    expectAll(records, size);
  };
}

/** By the SDK, as it is when it is told nothing. */
export function sdk(endpoint: string, size: RecordSize): ReadAll {
  const client = new KinesisClient(configFor(endpoint));
  const input = {
    ConsumerARN: CONSUMER,
    ShardId: size,
    StartingPosition: { Type: "LATEST" },
  } as const;
  return async () => {
    let records = 0;
    const { EventStream = [] } = await client.send(new SubscribeToShardCommand(input));
    for await (const { SubscribeToShardEvent: event } of EventStream) {
      records += event?.Records?.length ?? 0;
    }
    expectAll(records, size);
  };
}

/** The bytes, which are thrown away. */
export function floor(endpoint: string, size: RecordSize): ReadAll {
  return () =>
    new Promise((resolve, reject) => {
      const session = connect(endpoint);
      const stream = session.request({ ":method": "POST", ":path": "/" });
      stream.once("error", reject).resume();
      stream.once("end", () => {
        session.destroy();
        resolve();
      });
      stream.end(JSON.stringify({ ShardId: size }));
    });
}

function expectAll(records: number, size: RecordSize): void {
  if (records !== EVENT_RECORDS[size] * EVENTS) throw new Error(`${records} records were read`);
}
