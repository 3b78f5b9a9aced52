// One application whose two sides take turns: only one of them is up at a time, and all that the other learns from it
// stands in the lease table.
import {
  type AttributeValue,
  DescribeTableCommand,
  DynamoDBClient,
  ScanCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { silentLogger } from "@shardline/core";
import type { EmulatorClientConfig } from "@shardline/emulator";
import { createProducer } from "@shardline/producer";
import { expect, onTestFinished } from "vitest";
import type { Delivery } from "./delivery.ts";
import { eventually } from "./eventually.ts";
import { type KclOptions, KclWorkers } from "./kcl-workers.ts";
import { NativeWorker, type NativeWorkerOptions } from "./native-worker.ts";
import { STREAM, type Stage } from "./stage.ts";
import { type Contents, Transcript } from "./transcript.ts";
import { workpieceOf } from "./workload.ts";

const FAILOVER_MS = 3_000;
/** The KCL's shutdown does not end where a shard has; otherwise it takes a second or two. */
const SHUTDOWN_MS = 5_000;
/** The KCL waits up to 30 s before it makes the leases of an empty table, and that of 3.x as long for all else. */
const STINT_MS = 120_000;

const SIZE = /Bytes$|^ItemCount$/;

/** Attributes of an item, without their types. */
export type PlainItem = Readonly<Record<string, unknown>>;

/** What a side has done in its turn. */
interface Stint<Side> {
  readonly side: Side;
  readonly transcript: Transcript;
}
/** Whether a side has done enough. */
export type Until<Side> = (stint: Stint<Side>) => boolean | Promise<boolean>;

export class Relay {
  readonly stage: Stage;
  readonly #application: string;
  readonly #dynamodb: EmulatorClientConfig;
  readonly #client: DynamoDBClient;
  #records = 0;

  /** @param dynamodb where the lease table is */
  constructor(application: string, stage: Stage, dynamodb: EmulatorClientConfig) {
    this.#application = application;
    this.stage = stage;
    this.#dynamodb = dynamodb;
    this.#client = new DynamoDBClient(dynamodb);
    onTestFinished(() => this.#client.destroy());
  }

  /** Puts so many more records, small ones, in aggregates of so many; resolves with all that is in the shards then. */
  async put(records: number, perAggregate: number): Promise<Contents> {
    // A new one each time, that knows the shards there are.
    const producer = createProducer({
      stream: STREAM,
      kinesis: this.stage.emulator.clientConfig("kinesis"),
      aggregation: { maxRecords: perAggregate },
      logger: silentLogger,
    });
    const end = this.#records + records;
    for (; this.#records < end; this.#records += 1) {
      const { data: _, ...keys } = workpieceOf(this.#records);
      void producer.put({ ...keys, data: Buffer.from(`${this.#records}`) });
    }
    await producer.close();
    return this.stage.contents;
  }

  /** Splits a shard and merges two others. */
  async reshard(): Promise<void> {
    await this.stage.split();
    await this.stage.merge();
  }

  /** Starts a worker of the KCL, which ends with the test. */
  startKcl(options: Partial<KclOptions>): Stint<KclWorkers> {
    const transcript = new Transcript();
    const side = new KclWorkers({
      application: this.#application,
      stream: STREAM,
      kinesis: this.stage.emulator.clientConfig("kinesis").endpoint,
      dynamodb: this.#dynamodb.endpoint,
      workers: ["java"],
      failoverMs: FAILOVER_MS,
      shutdownMs: SHUTDOWN_MS,
      onDelivery: (delivery: Delivery) => transcript.note(delivery),
      ...options,
    });
    return { side, transcript };
  }

  /** A worker of the KCL works until it has done enough, and stops in good order, unless it is to be killed. */
  async letKclWork(
    options: Partial<KclOptions>,
    until: Until<KclWorkers>,
    end: "stop" | "kill" = "stop",
  ): Promise<Stint<KclWorkers>> {
    const stint = this.startKcl(options);
    const { side } = stint;
    await untilDone(until, stint, () => `${JSON.stringify(side.incidents)}: ${side.log}`);
    await side[end]();
    expect(side.unreadable).toEqual([]);
    return stint;
  }

  /** A worker of ours works until it has done enough, and drains. */
  async letUsWork(
    { leases, ...options }: Partial<NativeWorkerOptions>,
    until: Until<NativeWorker>,
  ): Promise<Stint<NativeWorker>> {
    const transcript = new Transcript();
    const side = NativeWorker.start({
      application: this.#application,
      kinesis: this.stage.emulator.clientConfig("kinesis"),
      dynamodb: this.#dynamodb,
      leases: { failoverMs: FAILOVER_MS, ...leases },
      onDelivery: (delivery) => transcript.note(delivery),
      ...options,
    });
    const stint = { side, transcript };
    await untilDone(until, stint, () => JSON.stringify(side.consumer.health()));
    await side.stop();
    return stint;
  }

  /** The lease table, item by item, by the items' keys. */
  async items(): Promise<ReadonlyMap<string, PlainItem>> {
    const { Items = [] } = await this.#client.send(
      new ScanCommand({ TableName: this.#application }),
    );
    const plain = Items.map((item) =>
      Object.fromEntries(
        Object.entries(item).map(([name, value]) => [name, Object.values(value)[0] as unknown]),
      ),
    );
    return new Map(plain.map((item) => [String(item["leaseKey"]), item]));
  }

  /** Writes attributes of an item past both sides. */
  async set(leaseKey: string, attributes: Readonly<Record<string, AttributeValue>>): Promise<void> {
    const entries = Object.entries(attributes);
    const terms = entries.map((_, number) => `#${number} = :${number}`);
    const command = new UpdateItemCommand({
      TableName: this.#application,
      Key: { leaseKey: { S: leaseKey } },
      UpdateExpression: `SET ${terms.join(", ")}`,
      ExpressionAttributeNames: Object.fromEntries(entries.map(([name], i) => [`#${i}`, name])),
      ExpressionAttributeValues: Object.fromEntries(
        entries.map(([, value], i) => [`:${i}`, value]),
      ),
    });
    await this.#client.send(command);
  }

  /** The lease table itself as it was made: without its sizes. */
  async table(): Promise<unknown> {
    const input = { TableName: this.#application };
    const { Table } = await this.#client.send(new DescribeTableCommand(input));
    const made = JSON.stringify(Table, (name, value: unknown) =>
      SIZE.test(name) ? undefined : value,
    );
    return JSON.parse(made);
  }
}

async function untilDone<Side>(
  until: Until<Side>,
  stint: Stint<Side>,
  tellingMore: () => string,
): Promise<void> {
  const telling = (): string => `${stint.transcript.records} records; ${tellingMore()}`;
  await eventually(() => until(stint), { withinMs: STINT_MS, telling });
}
