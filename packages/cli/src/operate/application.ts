// An application as an operator sees it from outside: its lease table, and the stream that it reads, if it was named.
import { openKinesis } from "@shardline/aws";
import { DynamoDbLeaseTable, type LeaseListing } from "@shardline/consumer";
import { listPatiently, type Snapshot, takeSnapshot } from "@shardline/consumer/operate";
import {
  apiFailureOf,
  type KinesisApi,
  parseStreamRef,
  type StreamRef,
  systemClock,
  systemRandom,
} from "@shardline/core";
import { type Given, type OptionSpec, UsageError } from "../command.ts";
import { connectionOf, TABLE_CONNECTION_OPTIONS, tableConnectionOf } from "../connection.ts";
import { requireStream } from "../require-stream.ts";

const TABLE_TIMEOUT_MS = 5000;

/** Options of the commands that look at an application. */
export const APPLICATION_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  stream: { value: "STREAM", help: "the stream that the application reads: a name or an ARN" },
  table: { value: "NAME", help: "its lease table, if that is not called like the application" },
  ...TABLE_CONNECTION_OPTIONS,
};

export class Application implements Disposable {
  readonly name: string;
  readonly tableName: string;
  readonly table: DynamoDbLeaseTable;
  readonly kinesis: KinesisApi;
  /** As named on the command line: a lease table of one stream does not know it. */
  readonly stream: StreamRef | undefined;
  readonly #close: () => void;

  private constructor(name: string, given: Given, stream: StreamRef | undefined) {
    this.name = name;
    this.tableName = given.texts["table"] ?? name;
    this.stream = stream;
    this.table = new DynamoDbLeaseTable({
      application: name,
      tableName: this.tableName,
      dynamodb: tableConnectionOf(given, process.env),
      timeoutMs: TABLE_TIMEOUT_MS,
      clock: systemClock,
    });
    const { api, close } = openKinesis(connectionOf(given, process.env));
    this.kinesis = api;
    this.#close = close;
  }

  /**
   * Opens the application that a command line names.
   * @throws UsageError, KinesisError STREAM_NOT_FOUND
   */
  static async open(given: Given, signal: AbortSignal): Promise<Application> {
    const [name] = given.words as readonly [string];
    const text = given.texts["stream"];
    if (text === undefined) return new Application(name, given, undefined);
    await requireStream(text, connectionOf(given, process.env), signal);
    const stream = parseStreamRef(text);
    if (stream === undefined) throw new UsageError(`${text} is no stream`);
    return new Application(name, given, stream);
  }

  /** Everything in the lease table. */
  async list(signal: AbortSignal): Promise<LeaseListing> {
    const { table } = this;
    const ports = { clock: systemClock, random: systemRandom };
    const { answer } = await this.withTable(() => listPatiently({ ...ports, table }, signal));
    return answer;
  }

  /** The lease table twice, a failover time apart, and the stream. */
  snapshot(failoverMs: number, signal: AbortSignal): Promise<Snapshot> {
    const { kinesis, stream, table } = this;
    const ports = { clock: systemClock, random: systemRandom };
    return this.withTable(() => {
      return takeSnapshot({ ...ports, failoverMs, kinesis, stream, table }, signal);
    });
  }

  /** The stream was looked for before: what is missing is the table. */
  async withTable<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    try {
      return await ask();
    } catch (error) {
      if (apiFailureOf(error)?.kind !== "missing") throw error;
      throw new Error(
        `there is no lease table ${this.tableName}; check the name of the application, the region and the account, ` +
          "or name the table with --table",
        { cause: error },
      );
    }
  }

  [Symbol.dispose](): void {
    this.table.close();
    this.#close();
  }
}
