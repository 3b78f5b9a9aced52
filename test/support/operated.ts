// An application as operators meet it: a stream on the emulator, and a real lease table that holds what a test puts there.
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { DynamoDbLeaseTable, type Lease } from "@shardline/consumer";
import { type KinesisApi, type Shard, systemClock } from "@shardline/core";
import { type RunningEmulator, startEmulator } from "@shardline/emulator";
import { openKinesis } from "@shardline/aws";
import { leaseOf } from "../../packages/consumer/test/support/leases.ts";

export const APPLICATION = "billing";
export const STREAM = { name: "orders" };
export const ANY_SIGNAL: AbortSignal = new AbortController().signal;

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
    [Symbol.asyncDispose]: async () => {
      table.close();
      client.destroy();
      close();
      await emulator.close();
    },
  };
}
