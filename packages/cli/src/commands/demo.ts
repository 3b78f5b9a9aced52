// shardline demo: the main job on real input, with nothing but this machine.
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import { type Command, type Given, UsageError } from "../command.ts";
import { type Connection, DYNAMODB_ENDPOINT, tableConnectionOf } from "../connection.ts";
import { readChoice, readNumber, readWhole } from "../read-option.ts";
import type { Failing } from "../demo/failing.ts";
import type { Handling } from "../demo/handling.ts";
import { type DemoOutcome, runDemo } from "../demo/demo-run.ts";
import { type DemoInput, readInput } from "../demo/input.ts";
import { isGood, summaryOf } from "../demo/report.ts";
import { Progress } from "../progress.ts";
import type { Terminal } from "../terminal.ts";

/** Records are put over at least this time, so that there is something to split, merge and kill in. */
const LEAST_SECONDS = 20;
const USUAL_SECONDS = 24;
const BAR_WIDTH = 30;
/** As many as a consumer takes. */
const MAX_CONCURRENCY = 1000;

export const demo: Command = {
  name: "demo",
  summary: "Watch a producer, a stream and a fleet of workers do their job on this machine",
  words: [],
  options: {
    file: { value: "PATH", help: "put each line of a file (a generated click stream)" },
    shards: { value: "N", help: "shards of the stream at the start (4)" },
    workers: { value: "N", help: "worker processes (2)" },
    rate: {
      value: "N",
      help: `records put per second; at least ${LEAST_SECONDS} s are taken in any case`,
    },
    read: {
      value: "polling|fan-out|auto",
      help: "by what the workers read their shards (polling)",
    },
    concurrency: { value: "N", help: "calls of a handler at a time, for each shard (1)" },
    ordering: {
      value: "shard|partition-key|none",
      help: "what a line waits for (shard, or partition-key where --concurrency is above 1)",
    },
    "fail-every": { value: "N", help: "handlers fail on every Nth line, whenever they meet it" },
    "on-failure": {
      value: "halt|skip|dead-letter",
      help: "what becomes of such a line (halt: its shard, or its key, waits until the handler is mended, after the last put)",
    },
    [DYNAMODB_ENDPOINT]: {
      value: "URL",
      help: "keep the leases in another DynamoDB, such as DynamoDB Local, in a table made for this run, which stays",
    },
    limits: { value: "aws|off", help: "hold shards and callers to what AWS allows (aws)" },
    out: { value: "FILE", help: "write every line, once, in the order in which it came out" },
    "open-page": {
      help: "say where to look at it in a browser, and stay there until Ctrl-C",
    },
    json: { help: "print one JSON object about the whole as the last line" },
  },
  notes:
    "Starts an emulated Kinesis and DynamoDB, a producer, and worker processes; splits a shard, merges two, and kills a\n" +
    "worker while records flow; then compares what came out with what went in. Exits with 1 if anything was lost, came\n" +
    "out of order (unless with --ordering none), or came twice without a reason, or if subscriptions were asked for and\n" +
    "brought nothing. With --fail-every it also compares what was skipped, or is a dead letter, with what was to be:\n" +
    "nothing else may be missing.",

  async run(given, terminal) {
    const input = await readLines(given);
    const scale = readScale(given, input.lines.length);
    const out = given.texts["out"] === undefined ? undefined : await openOut(given.texts["out"]);
    const { stderr, stdout, style } = terminal;
    const { result } = await runOnStage(scale, input, terminal, {
      hasPage: given.switches.has("open-page"),
      onLine: (line) => {
        out?.write(Buffer.concat([line, NEWLINE]));
      },
      tell: async ({ leases, result: done }) => {
        if (out !== undefined) await finished(out.end());
        stderr.write(`${summaryOf(done, input, leases, style)}\n`);
        for (const failure of done.failures.slice(0, 5)) stderr.write(`  ${style.red(failure)}\n`);
        if (given.switches.has("json")) stdout.write(`${JSON.stringify(done)}\n`);
      },
    });
    return isGood(result) ? 0 : 1;
  },
};

/** Who is told what, besides the terminal. */
interface Audience {
  /** Whether somebody may look at the emulator's page, also when all is done. */
  readonly hasPage: boolean;
  /** A line came out for the first time. */
  readonly onLine: (line: Buffer) => void;
  readonly tell: (outcome: DemoOutcome) => Promise<void>;
}

const NEWLINE = Buffer.from("\n");

async function readLines({ texts }: Given): Promise<DemoInput> {
  try {
    const input = await readInput(texts["file"]);
    if (input.lines.length > 0) return input;
  } catch (error) {
    throw new Error(`cannot read ${texts["file"]}: ${(error as Error).message}`, { cause: error });
  }
  throw new Error(`${texts["file"]} holds no lines`);
}

async function openOut(path: string): Promise<ReturnType<typeof createWriteStream>> {
  const out = createWriteStream(path);
  await new Promise<void>((resolve, reject) => {
    out.once("open", () => resolve());
    out.once("error", (error) => reject(new Error(`cannot write ${path}: ${error.message}`)));
  });
  return out;
}

/** How large and how fast the demo is. */
interface Scale {
  readonly shards: number;
  readonly workers: number;
  readonly recordsPerSecond: number;
  readonly failing: Failing | undefined;
  readonly handling: Handling;
  readonly limits: "aws" | "off";
  readonly dynamodb: Connection | undefined;
}

function readScale(given: Given, lines: number): Scale {
  return {
    shards: readWhole(given, "shards", 4, { min: 1, max: 64 }),
    workers: readWhole(given, "workers", 2, { min: 1, max: 16 }),
    recordsPerSecond: readRate(given, lines),
    failing: readFailing(given, lines),
    handling: readHandling(given),
    limits: readChoice(given, "limits", ["aws", "off"]),
    dynamodb:
      given.texts[DYNAMODB_ENDPOINT] === undefined
        ? undefined
        : tableConnectionOf(given, process.env),
  };
}

async function runOnStage(
  scale: Scale,
  input: DemoInput,
  terminal: Terminal,
  { hasPage, onLine, tell }: Audience,
): Promise<DemoOutcome> {
  const { stderr, style } = terminal;
  const { shards, workers } = scale;
  stderr.write(
    `${style.bold("shardline demo")}: ${input.lines.length.toLocaleString("en-US")} lines of ${input.name}, ` +
      `${shards} shards, ${workers} workers\n`,
  );
  let page = "";
  let line = "";
  using progress = new Progress(terminal, () => line);
  return await runDemo({
    input,
    ...scale,
    signal: terminal.signal,
    onLine,
    onProgress: (put, processed) => {
      line = `  ${bar(processed / input.lines.length)} ${put} put, ${processed} processed`;
    },
    onEvent: (atMs, what) =>
      progress.tell(`  ${style.cyan(`${(atMs / 1000).toFixed(1)} s`)}  ${what}`),
    onStage: (endpoint) => {
      page = `${endpoint}/_emu/`;
      if (!hasPage) return;
      const seconds = Math.round(input.lines.length / scale.recordsPerSecond);
      progress.tell(
        `  look at it at ${style.bold(page)}: records flow for about ${seconds} s from now`,
      );
    },
    onDone: async (outcome) => {
      progress[Symbol.dispose]();
      await tell(outcome);
      if (!hasPage) return;
      stderr.write(`  ${style.bold(page)} stays until Ctrl-C\n`);
      await untilStopped(terminal.signal);
    },
  });
}

async function untilStopped(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, "abort");
}

function readRate(given: Given, lines: number): number {
  const most = lines / LEAST_SECONDS;
  if (given.texts["rate"] === undefined) return lines / USUAL_SECONDS;
  return Math.min(most, readNumber(given, "rate", most, { min: 0.1, max: 1_000_000 }));
}

function readFailing(given: Given, lines: number): Failing | undefined {
  if (given.texts["fail-every"] === undefined) {
    if (given.texts["on-failure"] === undefined) return undefined;
    throw new UsageError("--on-failure needs --fail-every");
  }
  // With fewer lines than that the handler would never fail.
  const every = readWhole(given, "fail-every", 2, { min: 2, max: Math.max(2, lines) });
  return { every, onFailure: readChoice(given, "on-failure", ["halt", "skip", "dead-letter"]) };
}

function readHandling(given: Given): Handling {
  const read = readChoice(given, "read", ["polling", "fan-out", "auto"]);
  const concurrency = readWhole(given, "concurrency", 1, { min: 1, max: MAX_CONCURRENCY });
  if (concurrency > 1 && given.texts["ordering"] === undefined) {
    return { read, concurrency, ordering: "partition-key" };
  }
  const ordering = readChoice(given, "ordering", ["shard", "partition-key", "none"]);
  if (concurrency === 1 || ordering !== "shard") return { read, concurrency, ordering };
  throw new UsageError(
    `--concurrency ${concurrency} needs --ordering partition-key or none: ` +
      "in the order of the shard there is one call at a time",
  );
}

function bar(share: number): string {
  const full = Math.round(share * BAR_WIDTH);
  return "█".repeat(full) + "░".repeat(BAR_WIDTH - full);
}
