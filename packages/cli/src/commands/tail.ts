// shardline tail: what is in a stream, record by record, taken out of aggregates. It keeps no lease table and disturbs
// nobody, unless it is given somebody's stream consumer; records that do not belong to their shard are shown too, and
// marked.
import {
  type ConsumedRecord,
  type Consumer,
  createConsumer,
  MemoryLeaseTable,
  type ReadOptions,
} from "@shardline/consumer";
import { silentLogger } from "@shardline/core";
import { type Command, type Given, UsageError } from "../command.ts";
import { dataFieldOf } from "../data-text.ts";
import { readWhole } from "../read-option.ts";
import { CONNECTION_OPTIONS, connectionOf } from "../connection.ts";
import { requireStream } from "../require-stream.ts";
import type { Terminal } from "../terminal.ts";

/** As patient as Kinesis allows two more readers to be. */
const IDLE_MS = 500;
const CONSUMER_NAME = /^[a-zA-Z0-9_.-]{1,128}$/;

export const tail: Command = {
  name: "tail",
  summary: "Show the records of a stream as they come",
  words: ["STREAM"],
  options: {
    from: {
      value: "trim-horizon|latest|TIMESTAMP",
      help: "where to begin (latest); a timestamp such as 2026-11-21T08:00:00Z",
    },
    raw: { help: "only the data of each record, and a newline" },
    limit: { value: "N", help: "stop after so many records" },
    "fan-out": {
      value: "NAME",
      help: "read by enhanced fan-out, as the stream consumer NAME; registered if there is none, stays and is billed",
    },
    ...CONNECTION_OPTIONS,
  },
  notes:
    "Prints one JSON object a line. Data that is not UTF-8 is given as dataBase64. Records of one shard come in order;\n" +
    "isOutOfRange marks those that a consumer of the KCL would not deliver. Ctrl-C ends it.\n" +
    "With --fan-out records are pushed, and no reads are taken from others; shards are polled until that works. Name a stream\n" +
    "consumer that nobody else uses: it has one subscription for each shard, and tail would take it from an application.",

  async run(given, terminal) {
    const [stream] = given.words as readonly [string];
    const kinesis = connectionOf(given, process.env);
    const startAt = readStart(given);
    const read = readWay(given);
    const stop = new AbortController();
    terminal.signal.addEventListener("abort", () => stop.abort(), { once: true });
    if (terminal.signal.aborted) stop.abort();
    const printer = new Printer(given, terminal, () => stop.abort());
    await requireStream(stream, kinesis, terminal.signal);
    const consumer = createConsumer({
      application: "shardline-tail",
      stream,
      startAt,
      kinesis,
      leaseTable: new MemoryLeaseTable(),
      read,
      outOfRange: "deliver",
      logger: silentLogger,
      processBatch: ({ records }, { shardId }) => printer.print(records, shardId),
    });
    tellTroubles(consumer, terminal);
    await consumer.run({ signal: stop.signal });
    return 0;
  },
};

/** What may fail for itself, while the rest works. */
type Trouble = "reading" | "stream consumer" | "subscribing";

/** Says once that something fails, and again only after it has worked. */
function tellTroubles(consumer: Consumer, { stderr, style }: Terminal): void {
  const told = new Set<Trouble>();
  const say = (text: string): void => void stderr.write(`${style.yellow("shardline:")} ${text}\n`);
  const tell = (trouble: Trouble, what: string, reason: string): void => {
    if (!told.has(trouble)) say(`${what}: ${reason}; trying again`);
    told.add(trouble);
  };
  consumer.on("readFailed", ({ reason, shardId }) => {
    tell("reading", `reading ${shardId} fails`, reason);
  });
  consumer.on("shardSyncFailed", ({ reason }) => tell("reading", "listing shards fails", reason));
  consumer.on("recordsFetched", () => void told.delete("reading"));
  consumer.on("streamConsumerRegistered", ({ consumerArn, consumerName }) => {
    say(
      `registered the stream consumer ${consumerName}, ${consumerArn}; it stays, and is billed until somebody ` +
        `deregisters it: aws kinesis deregister-stream-consumer --consumer-arn ${consumerArn}`,
    );
  });
  consumer.on("streamConsumerFailed", ({ reason }) => {
    tell("stream consumer", "the stream consumer cannot be had, shards are polled", reason);
  });
  consumer.on("streamConsumerMissing", ({ consumerArn }) => {
    tell("stream consumer", "the stream consumer is gone, shards are polled", consumerArn);
  });
  consumer.on("streamConsumerReady", () => void told.delete("stream consumer"));
  consumer.on("subscriptionFailed", ({ reason, shardId }) => {
    tell("subscribing", `subscribing to ${shardId} fails, it is polled`, reason);
  });
  consumer.on("shardSubscribed", () => void told.delete("subscribing"));
}

/** Prints records until its limit is reached, as fast as they are read from it. */
class Printer {
  readonly #terminal: Terminal;
  readonly #isRaw: boolean;
  readonly #onFull: () => void;
  #left: number;

  constructor(given: Given, terminal: Terminal, onFull: () => void) {
    this.#terminal = terminal;
    this.#isRaw = given.switches.has("raw");
    this.#left = readWhole(given, "limit", Infinity, { min: 1, max: Infinity });
    this.#onFull = onFull;
  }

  async print(records: readonly ConsumedRecord[], shardId: string): Promise<void> {
    const { stdout } = this.#terminal;
    const shown = records.slice(0, this.#left);
    this.#left -= shown.length;
    const lines = shown.flatMap((record) => {
      return this.#isRaw ? [record.data, "\n"] : [jsonOf(record, shardId), "\n"];
    });
    const isFlowing = stdout.write(Buffer.concat(lines.map((line) => Buffer.from(line))));
    if (!isFlowing && !stdout.destroyed) await drained(stdout);
    if (this.#left <= 0) this.#onFull();
  }
}

/** Until a stream takes more, or never will. */
function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      stream.off("drain", done).off("close", done);
      resolve();
    };
    stream.once("drain", done).once("close", done);
  });
}

function jsonOf(
  { arrivedAtMs, data, isOutOfRange, ...record }: ConsumedRecord,
  shardId: string,
): string {
  return JSON.stringify({
    shardId,
    ...record,
    arrivedAt: new Date(arrivedAtMs).toISOString(),
    ...dataFieldOf(data, "text"),
    ...(isOutOfRange ? { isOutOfRange } : {}),
  });
}

function readWay({ texts }: Given): ReadOptions {
  const consumerName = texts["fan-out"];
  if (consumerName === undefined) return { idleMs: IDLE_MS };
  if (CONSUMER_NAME.test(consumerName)) return { mode: "fan-out", consumerName, idleMs: IDLE_MS };
  const rule = "the name of a stream consumer, 1 to 128 letters, digits, _, . or -";
  throw new UsageError(`--fan-out takes ${rule}, not ${JSON.stringify(consumerName)}`);
}

function readStart({ texts }: Given): "TRIM_HORIZON" | "LATEST" | Date {
  const from = texts["from"] ?? "latest";
  if (from === "trim-horizon") return "TRIM_HORIZON";
  if (from === "latest") return "LATEST";
  const date = new Date(from);
  if (!Number.isNaN(date.getTime())) return date;
  throw new UsageError(`--from takes trim-horizon, latest or a timestamp, not ${from}`);
}
