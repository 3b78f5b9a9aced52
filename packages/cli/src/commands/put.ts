// shardline put: each line of standard input becomes a record.
import { randomUUID } from "node:crypto";
import { addAbortSignal, type Readable } from "node:stream";
import { createProducer, type Producer } from "@shardline/producer";
import { silentLogger } from "@shardline/core";
import type { Command } from "../command.ts";
import { CONNECTION_OPTIONS, connectionOf } from "../connection.ts";
import { explain } from "../failure.ts";
import { linesOf } from "../lines.ts";
import { Progress } from "../progress.ts";
import { requireStream } from "../require-stream.ts";
import type { Terminal } from "../terminal.ts";

/** Failures told one by one; the rest is only counted. */
const MAX_TOLD_FAILURES = 10;

interface Tally {
  put: number;
  stored: number;
  failed: number;
}

export const put: Command = {
  name: "put",
  summary: "Put each line of standard input into a stream as a record",
  words: ["STREAM"],
  options: {
    key: {
      value: "KEY",
      help: "partition key of all lines, which keeps their order; else each has its own",
    },
    ...CONNECTION_OPTIONS,
    json: { help: "print one JSON object about the whole at the end" },
  },
  notes:
    "Lines are sent as the bytes they are, without the newline, and aggregated in the KPL's format.",

  async run(given, terminal) {
    const [stream] = given.words as readonly [string];
    const kinesis = connectionOf(given, process.env);
    await requireStream(stream, kinesis, terminal.signal);
    await using producer = createProducer({ stream, kinesis, logger: silentLogger });
    const startedAt = performance.now();
    const tally = await putLines(producer, given.texts["key"], terminal);
    const seconds = (performance.now() - startedAt) / 1000;
    report(tally, seconds, given.switches.has("json"), terminal);
    return tally.failed === 0 && !terminal.signal.aborted ? 0 : 1;
  },
};

async function putLines(
  producer: Producer,
  key: string | undefined,
  terminal: Terminal,
): Promise<Tally> {
  const { signal, style } = terminal;
  const tally: Tally = { put: 0, stored: 0, failed: 0 };
  using progress = new Progress(terminal, () => `${tally.put} put, ${tally.stored} stored`);
  for await (const line of linesUntil(terminal)) {
    await producer.ready({ signal }).catch(() => undefined);
    tally.put += 1;
    const number = tally.put;
    producer.put({ partitionKey: key ?? randomUUID(), data: line }).then(
      () => {
        tally.stored += 1;
      },
      (error: unknown) => {
        tally.failed += 1;
        if (tally.failed > MAX_TOLD_FAILURES) return;
        progress.tell(`${style.red("shardline:")} line ${number}: ${explain(error)}`);
      },
    );
  }
  await producer.flush();
  return tally;
}

/** Lines of standard input; when the command is stopped, what was read so far. */
async function* linesUntil({ signal, stdin }: Terminal): AsyncGenerator<Buffer> {
  const input = addAbortSignal(signal, stdin as Readable);
  try {
    yield* linesOf(input as AsyncIterable<Buffer>);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function report(
  tally: Tally,
  seconds: number,
  isJson: boolean,
  { stderr, stdout }: Terminal,
): void {
  if (isJson) {
    stdout.write(`${JSON.stringify({ ...tally, seconds: Number(seconds.toFixed(3)) })}\n`);
    return;
  }
  const rate = Math.round(tally.stored / Math.max(seconds, 0.001));
  const failed = tally.failed === 0 ? "" : `, ${tally.failed} failed`;
  stderr.write(`${tally.stored} records stored${failed} in ${seconds.toFixed(1)} s (${rate}/s)\n`);
}
