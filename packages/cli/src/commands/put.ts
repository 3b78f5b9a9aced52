// shardline put: each line of standard input becomes a record.
import { randomUUID } from "node:crypto";
import { addAbortSignal, type Readable } from "node:stream";
import { silentLogger, systemClock } from "@shardline/core";
import { createProducer, type Producer, type ProducerOptions } from "@shardline/producer";
import type { Command, Given } from "../command.ts";
import { CONNECTION_OPTIONS, connectionOf } from "../connection.ts";
import { explain } from "../failure.ts";
import { linesOf } from "../lines.ts";
import { Progress } from "../progress.ts";
import { Pace } from "../put/pace.ts";
import { PutTally } from "../put/put-tally.ts";
import { readChoice, readNumber, readWhole } from "../read-option.ts";
import { requireStream } from "../require-stream.ts";
import type { Terminal } from "../terminal.ts";

/** Failures told one by one; the rest is only counted. */
const MAX_TOLD_FAILURES = 10;

const RATE_BOUNDS = { min: 0.01, max: 10_000_000 };
const CONCURRENCY_BOUNDS = { min: 1, max: 256 };

export const put: Command = {
  name: "put",
  summary: "Put each line of standard input into a stream as a record",
  words: ["STREAM"],
  options: {
    key: {
      value: "KEY",
      help: "partition key of all lines, which keeps their order; else each has its own",
    },
    rate: { value: "N", help: "records a second at most; else as fast as they come" },
    concurrency: { value: "N", help: "PutRecords calls under way at the same time (24)" },
    ordering: {
      value: "partition-key|none",
      help: "whether lines of one key keep their order (partition-key; none with --no-aggregate)",
    },
    "no-aggregate": { help: "send each line as a Kinesis record of its own" },
    ...CONNECTION_OPTIONS,
    json: { help: "print one JSON object about the whole at the end" },
  },
  notes:
    "Lines are sent as the bytes they are, without the newline, and aggregated in the KPL's format.",

  async run(given, terminal) {
    const [stream] = given.words as readonly [string];
    const kinesis = connectionOf(given, process.env);
    const options = producerOptionsOf(given);
    const pace = readPace(given);
    await requireStream(stream, kinesis, terminal.signal);
    await using producer = createProducer({ stream, kinesis, logger: silentLogger, ...options });
    const tally = new PutTally(systemClock.nowMs());
    tally.listen(producer);
    await putLines({ producer, tally, pace, key: given.texts["key"] }, terminal);
    const nowMs = systemClock.nowMs();
    const summary = tally.summary(nowMs);
    if (given.switches.has("json")) terminal.stdout.write(`${JSON.stringify(summary)}\n`);
    else terminal.stderr.write(`${tally.summaryLine(nowMs)}\n`);
    return summary.failed === 0 && !terminal.signal.aborted ? 0 : 1;
  },
};

/** What is left out stands as the producer has it. */
function producerOptionsOf(given: Given): Partial<ProducerOptions> {
  const { switches, texts } = given;
  return {
    ...(switches.has("no-aggregate") ? { aggregation: false as const } : {}),
    ...(texts["concurrency"] === undefined
      ? {}
      : { maxInFlightRequests: readWhole(given, "concurrency", 0, CONCURRENCY_BOUNDS) }),
    ...(texts["ordering"] === undefined
      ? {}
      : { ordering: readChoice(given, "ordering", ["partition-key", "none"]) }),
  };
}

function readPace(given: Given): Pace | undefined {
  if (given.texts["rate"] === undefined) return undefined;
  return new Pace(readNumber(given, "rate", 0, RATE_BOUNDS), systemClock);
}

interface Putting {
  readonly producer: Producer;
  readonly tally: PutTally;
  readonly pace: Pace | undefined;
  readonly key: string | undefined;
}

async function putLines(
  { key, pace, producer, tally }: Putting,
  terminal: Terminal,
): Promise<void> {
  const { signal, style } = terminal;
  using progress = new Progress(terminal, () => tally.progressLine(systemClock.nowMs()));
  for await (const line of linesUntil(terminal)) {
    await pace?.next(signal).catch(() => undefined);
    await producer.ready({ signal }).catch(() => undefined);
    // Not the rest of what was read: whoever set a pace would see it go in a burst.
    if (signal.aborted) break;
    const number = tally.count();
    const putAtMs = systemClock.nowMs();
    producer.put({ partitionKey: key ?? randomUUID(), data: line }).then(
      () => tally.store(line.length, systemClock.nowMs() - putAtMs),
      (error: unknown) => {
        if (tally.fail() > MAX_TOLD_FAILURES) return;
        progress.tell(`${style.red("shardline:")} line ${number}: ${explain(error)}`);
      },
    );
  }
  await producer.flush();
}

/** Lines of standard input, until the command is stopped. */
async function* linesUntil({ signal, stdin }: Terminal): AsyncGenerator<Buffer> {
  const input = addAbortSignal(signal, stdin as Readable);
  try {
    yield* linesOf(input as AsyncIterable<Buffer>);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
