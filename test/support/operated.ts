// An application as operators meet it: a stream on the emulator, and a real lease table that holds what a test puts there.
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import {
  type BatchHandler,
  createConsumer,
  DynamoDbLeaseTable,
  type Lease,
} from "@shardline/consumer";
import { type KinesisApi, type Shard, silentLogger, systemClock } from "@shardline/core";
import { type RunningEmulator, startEmulator } from "@shardline/emulator";
import { openKinesis } from "@shardline/aws";
import { leaseOf } from "../../packages/consumer/test/support/leases.ts";

export const APPLICATION = "billing";
export const STREAM = { name: "orders" };
export const ANY_SIGNAL: AbortSignal = new AbortController().signal;

/** A worker, until it is disposed of. */
export interface Working extends AsyncDisposable {
  /** Resolves when a shard is halted. */
  readonly halted: Promise<void>;
}

export interface Operated extends AsyncDisposable {
  readonly emulator: RunningEmulator;
  readonly kinesis: KinesisApi;
  readonly table: DynamoDbLeaseTable;
  /** Every shard of the stream, as it is now. */
  shards(): Promise<readonly Shard[]>;
  /** Puts leases into the table, those of the nth shards with what is given beside. */
  plant(...leases: readonly (readonly [index: number, fields?: Partial<Lease>])[]): Promise<void>;
  /** Puts an item into the table as it is, or into another one. */
  plantItem(item: PutItemCommand["input"]["Item"]): Promise<void>;
  /** The options with which the command line finds it all. */
  readonly options: readonly string[];
  /** Writes to a lease of the nth shard, as its owner would. */
  beat(index: number, counter: number): Promise<void>;
  /** Starts a worker in this process, with leases of one second. */
  work(processBatch: BatchHandler): Working;
  /** Puts a record into the shard that a hash key belongs to; answers its sequence number. */
  put(text: string, hashKey?: bigint): Promise<string>;
}

/** Starts an emulator with the stream `orders` and an empty lease table. */
export async function operate(shardCount = 2): Promise<Operated> {
  const emulator = await startEmulator({ streams: { [STREAM.name]: shardCount } });
  const dynamodb = emulator.clientConfig("dynamodb");
  const { api, close } = openKinesis(emulator.clientConfig("kinesis"));
  const client = new DynamoDBClient({ ...dynamodb, maxAttempts: 1 });
  const table = new DynamoDbLeaseTable({
    dynamodb,
    tableName: APPLICATION,
    timeoutMs: 5000,
    clock: systemClock,
  });
  await table.ensureTable(ANY_SIGNAL);
  const shards = async (): Promise<readonly Shard[]> =>
    (await api.listShards({ stream: STREAM }, ANY_SIGNAL)).shards;
  return {
    emulator,
    table,
    shards,
    kinesis: api,
    options: ["--stream", STREAM.name, "--endpoint", emulator.endpoint],
    plant: async (...leases) => {
      const listing = new Map((await shards()).map((shard) => [shard.shardId, shard]));
      for (const [index, fields] of leases) {
        const lease = leaseOf(index);
        const { hashKeyRange } = listing.get(lease.shardId) ?? {};
        const range = hashKeyRange === undefined ? {} : { hashKeyRange };
        await table.create({ ...lease, ...range, ...fields }, ANY_SIGNAL);
      }
    },
    plantItem: async (Item) => {
      await client.send(new PutItemCommand({ TableName: APPLICATION, Item }));
    },
    beat: async (index, counter) => {
      const { key } = leaseOf(index);
      await table.update(key, { expect: {}, patch: { counter } }, ANY_SIGNAL);
    },
    work: (processBatch) => startWorker(emulator, processBatch),
    put: async (text, hashKey = 0n) => {
      const data = Buffer.from(text);
      const entry = { partitionKey: "k", explicitHashKey: hashKey.toString(), data };
      const { outcomes } = await api.putRecords({ stream: STREAM, entries: [entry] }, ANY_SIGNAL);
      const [outcome] = outcomes;
      return outcome?.kind === "stored" ? outcome.sequenceNumber : "";
    },
    [Symbol.asyncDispose]: async () => {
      table.close();
      client.destroy();
      close();
      await emulator.close();
    },
  };
}

function startWorker(emulator: RunningEmulator, processBatch: BatchHandler): Working {
  const stopping = new AbortController();
  const consumer = createConsumer({
    application: APPLICATION,
    stream: STREAM.name,
    startAt: "TRIM_HORIZON",
    kinesis: emulator.clientConfig("kinesis"),
    dynamodb: emulator.clientConfig("dynamodb"),
    leases: { failoverMs: 1000 },
    read: { idleMs: 200 },
    onFailure: { maxAttempts: 1, haltMs: Number.POSITIVE_INFINITY },
    logger: silentLogger,
    processBatch,
  });
  const halted = new Promise<void>((resolve) => {
    consumer.on("shardHalted", () => resolve());
  });
  const running = consumer.run({ signal: stopping.signal });
  return {
    halted,
    [Symbol.asyncDispose]: () => {
      stopping.abort();
      return running;
    },
  };
}
