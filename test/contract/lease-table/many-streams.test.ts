// A table of many streams, over sockets: ours as the KCL sees it, and the KCL's, which we take over. Ids: the acceptance tests
// of the lease table.
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type ConsumerOptions, createConsumer, DynamoDbLeaseTable } from "@shardline/consumer";
import { silentLogger, systemClock } from "@shardline/core";
import { startEmulator } from "@shardline/emulator";
import { expect, test } from "vitest";
import { readAsKcl } from "../../../packages/consumer/test/support/kcl-item-reader.ts";
import { Neighbour } from "./kcl-items.ts";
import { ANY_SIGNAL, TABLE_NAME } from "./tables.ts";

const signal = ANY_SIGNAL;
const FIRST = "shardId-000000000000";
const STREAMS = ["orders", "clicks"];

interface Stage extends AsyncDisposable {
  readonly neighbour: Neighbour;
  /** What was handled, as "stream: text"; where the machine is busy a lease of one second is lost, and some comes twice. */
  readonly handled: ReadonlySet<string>;
  /** Puts a text into a stream; answers its sequence number. */
  readonly put: (stream: string, text: string) => Promise<string>;
  /** Runs a worker until so much was handled, and ends it in good order. */
  readonly work: (count: number, options?: Partial<ConsumerOptions>) => Promise<void>;
  readonly ensureTable: () => Promise<void>;
  /** What the lease table calls a stream. */
  readonly nameOf: (stream: string) => Promise<string>;
}

async function newStage(): Promise<Stage> {
  const emulator = await startEmulator({ streams: { orders: 1, clicks: 2 } });
  const dynamodb = emulator.clientConfig("dynamodb");
  const client = new DynamoDBClient(dynamodb);
  const { kinesis } = emulator;
  const handled = new Set<string>();
  return {
    handled,
    [Symbol.asyncDispose]: async () => {
      client.destroy();
      await emulator[Symbol.asyncDispose]();
    },
    neighbour: new Neighbour({ client, tableName: TABLE_NAME }),
    put: async (stream, text) => {
      const entries = [{ partitionKey: "key", explicitHashKey: "0", data: Buffer.from(text) }];
      const { outcomes } = await kinesis.putRecords({ stream: { name: stream }, entries }, signal);
      const [outcome] = outcomes;
      if (outcome === undefined || !("sequenceNumber" in outcome)) throw new Error("not stored");
      return outcome.sequenceNumber;
    },
    work: async (count, options = {}) => {
      const stop = new AbortController();
      const consumer = createConsumer({
        application: TABLE_NAME,
        streams: STREAMS,
        startAt: "TRIM_HORIZON",
        workerId: "worker-1",
        kinesis: emulator.clientConfig("kinesis"),
        dynamodb,
        logger: silentLogger,
        leases: { failoverMs: 1000 },
        read: { idleMs: 200 },
        processBatch: ({ records }, { stream }) => {
          for (const { data } of records) handled.add(`${stream}: ${Buffer.from(data).toString()}`);
          if (handled.size >= count) stop.abort();
        },
        ...options,
      });
      await consumer.run({ signal: stop.signal });
    },
    ensureTable: async () => {
      const options = { tableName: TABLE_NAME, timeoutMs: 5000, clock: systemClock };
      const table = new DynamoDbLeaseTable({ ...options, dynamodb });
      await table.ensureTable(signal);
      table.close();
    },
    nameOf: async (name) => {
      const { arn, createdAtMs } = await kinesis.describeStreamSummary(
        { stream: { name } },
        signal,
      );
      return `${arn.split(":")[4]}:${name}:${Math.floor(createdAtMs / 1000)}`;
    },
  };
}

test("10 multi-stream-key: every lease that a worker of two streams writes can be read by the KCL", async () => {
  await using stage = await newStage();
  const { handled, nameOf, neighbour, put, work } = stage;
  await put("orders", "o1");
  await put("clicks", "c1");
  await work(2);
  expect([...handled].sort()).toEqual(["clicks: c1", "orders: o1"]);
  const leases = (await neighbour.items()).map(readAsKcl);
  const [orders, clicks] = await Promise.all(STREAMS.map(nameOf));
  const keys = leases.map(({ leaseKey }) => leaseKey).sort();
  const second = "shardId-000000000001";
  expect(keys).toEqual([`${orders}:${FIRST}`, `${clicks}:${FIRST}`, `${clicks}:${second}`].sort());
  for (const { leaseKey, shardId, streamName } of leases) {
    expect(leaseKey).toBe(`${streamName}:${shardId}`);
  }
});

test("a table that workers of the KCL have left in the middle of a shard is taken over there", async () => {
  await using stage = await newStage();
  const { ensureTable, handled, nameOf, neighbour, put, work } = stage;
  const done = await put("orders", "o1");
  await put("orders", "o2");
  await put("clicks", "c1");
  await ensureTable();
  const streamName = await nameOf("orders");
  // As MultiStreamLease is written by Java, by an owner that is no more.
  await neighbour.put({
    leaseKey: { S: `${streamName}:${FIRST}` },
    streamName: { S: streamName },
    shardId: { S: FIRST },
    leaseOwner: { S: "java-worker" },
    leaseCounter: { N: "41" },
    ownerSwitchesSinceCheckpoint: { N: "0" },
    checkpoint: { S: done },
    checkpointSubSequenceNumber: { N: "0" },
    startingHashKey: { S: "0" },
    endingHashKey: { S: "340282366920938463463374607431768211455" },
    note: { S: "what others have added stays" },
  });
  await work(2);
  expect([...handled].sort()).toEqual(["clicks: c1", "orders: o2"]);
  const items = await neighbour.items();
  const item = items.find(({ leaseKey }) => leaseKey?.S === `${streamName}:${FIRST}`);
  expect(item).toMatchObject({
    streamName: { S: streamName },
    shardId: { S: FIRST },
    note: { S: "what others have added stays" },
  });
  expect(BigInt(item?.["checkpoint"]?.S ?? 0) > BigInt(done)).toBe(true);
  expect(items.map(readAsKcl)).toHaveLength(3);
});

test("streams that a KCL application has numbered in its own way are read by its names for them", async () => {
  await using stage = await newStage();
  const { ensureTable, handled, neighbour, put, work } = stage;
  const done = await put("orders", "o1");
  await put("orders", "o2");
  await ensureTable();
  const streamName = "000000000000:orders:1";
  await neighbour.put({
    leaseKey: { S: `${streamName}:${FIRST}` },
    streamName: { S: streamName },
    shardId: { S: FIRST },
    leaseCounter: { N: "7" },
    ownerSwitchesSinceCheckpoint: { N: "0" },
    checkpoint: { S: done },
    checkpointSubSequenceNumber: { N: "0" },
  });
  await work(1, { streams: [{ stream: streamName, label: "mine" }] });
  expect([...handled]).toEqual(["mine: o2"]);
  expect(await neighbour.items()).toHaveLength(1);
});
