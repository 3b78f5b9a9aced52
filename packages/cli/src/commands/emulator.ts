// shardline emulator: Kinesis and the lease table on one port, until it is told to stop.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { KinesisError, PUT_RECORDS_LIMITS, type Random } from "@shardline/core";
import { SeededRandom } from "@shardline/core/testing";
import {
  type FaultInput,
  parseFaults,
  type RunningEmulator,
  startEmulator,
  type StartEmulatorOptions,
} from "@shardline/emulator";
import { type Command, type Given, UsageError } from "../command.ts";
import { untilParentGone } from "../parent.ts";
import { readChoice, readWhole } from "../read-option.ts";

const DEFAULT_PORT = 4567;

export const emulator: Command = {
  name: "emulator",
  summary: "Run Kinesis and DynamoDB (for lease tables) in this process, in memory or in a folder",
  words: [],
  options: {
    port: {
      value: "N",
      help: `where to listen on 127.0.0.1 (${DEFAULT_PORT}); 0 takes any free port`,
    },
    init: {
      value: "NAME:SHARDS[,NAME:SHARDS]",
      help: "streams that are there from the start, as in orders:4,clicks:8",
    },
    tls: { help: "speak TLS on the same port too, with a certificate made at the start" },
    limits: { value: "off|aws", help: "hold shards and callers to what AWS allows (off)" },
    "max-bytes": { value: "N", help: "how many bytes of records to store (512 MiB)" },
    "when-full": {
      value: "refuse|drop-oldest",
      help: "what to do with puts that would pass --max-bytes (refuse)",
    },
    persist: {
      value: "DIR",
      help: "keep everything in a folder, so that it is there again after a restart or a crash",
    },
    survives: {
      value: "process|machine",
      help: "with --persist: what acknowledged records outlive; machine waits for the disk (process)",
    },
    restore: {
      value: "FILE",
      help: "start with a snapshot of GET /_emu/snapshot, whatever --persist or --init say",
    },
    "max-snapshot-bytes": {
      value: "N",
      help: "how long a snapshot may be that is sent to POST /_emu/restore (1 GiB); --restore takes 2 GiB",
    },
    "watch-parent": {
      help: "end when the process that started this one has gone, or has closed its standard input",
    },
    faults: { value: "FILE", help: "what goes wrong: a JSON list of rules" },
    seed: { value: "N", help: "draw all chance from a seed, so that a run can be repeated" },
  },
  notes:
    "Prints one line of JSON when it is ready: its endpoints, region, page and process id; with --tls\n" +
    "also the certificate to trust, as ca in PEM. SIGTERM or Ctrl-C ends it.\n" +
    "The page shows in a browser what goes on: streams, shards, throughput, consumers, leases and faults.\n" +
    "Any credentials do; an access key id of twelve digits is taken for the account.",

  async run(given, { signal, stdin, stdout, stderr }) {
    const snapshot = await readSnapshot(given);
    const running = await start({
      ...readPersist(given),
      port: readWhole(given, "port", DEFAULT_PORT, { min: 0, max: 65_535 }),
      tls: given.switches.has("tls"),
      streams: readStreams(given),
      limits: readChoice(given, "limits", ["off", "aws"]),
      whenFull: readChoice(given, "when-full", ["refuse", "drop-oldest"]),
      ...readMaxBytes(given),
      ...readMaxSnapshotBytes(given),
      ...readSeed(given),
      faults: await readFaults(given),
    });
    for (const warning of running.warnings) stderr.write(`shardline: ${warning}\n`);
    try {
      if (snapshot !== undefined) await running.restore(snapshot);
      stdout.write(`${JSON.stringify(describe(running))}\n`);
      await Promise.race([aborted(signal), ...parentGone(given, stdin)]);
    } finally {
      await running.close();
    }
    return 0;
  },
};

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, "abort");
}

/** Never, unless it is to be watched. */
function parentGone(given: Given, stdin: NodeJS.ReadableStream): readonly Promise<void>[] {
  return given.switches.has("watch-parent") ? [untilParentGone(stdin)] : [];
}

/** Starts it; options that it refuses are mistakes of the command line. */
async function start(options: StartEmulatorOptions): Promise<RunningEmulator> {
  try {
    return await startEmulator(options);
  } catch (error) {
    if (!KinesisError.is(error, "INVALID_OPTIONS")) throw error;
    throw new UsageError(error.details.problems.join("; "), { cause: error });
  }
}

function describe(running: RunningEmulator): object {
  const { endpoint, region } = running.clientConfig("kinesis");
  const dynamodb = running.clientConfig("dynamodb").endpoint;
  const { https } = running.endpoints;
  const tls = https === undefined ? {} : { https, ca: running.ca };
  const page = `${endpoint}/_emu/`;
  return { kinesis: endpoint, dynamodb, region, page, pid: process.pid, ...tls };
}

function readStreams({ texts }: Given): Record<string, number> {
  const streams = Object.create(null) as Record<string, number>;
  for (const part of (texts["init"] ?? "").split(",").filter((text) => text !== "")) {
    const [, name, count] = /^([^:]+):(\d+)$/.exec(part) ?? [];
    if (name === undefined) {
      throw new UsageError(
        `--init takes names and numbers of shards such as orders:4,clicks:8, not ${part}`,
      );
    }
    if (name in streams) throw new UsageError(`--init names ${name} twice`);
    streams[name] = Number(count);
  }
  return streams;
}

function readPersist(given: Given): Pick<StartEmulatorOptions, "persist"> {
  const { persist: folder, survives: said } = given.texts;
  const survives = readChoice(given, "survives", ["process", "machine"]);
  if (folder !== undefined) return { persist: { folder, survives } };
  if (said !== undefined) throw new UsageError("--survives belongs to --persist");
  return {};
}

async function readSnapshot({ texts }: Given): Promise<Uint8Array | undefined> {
  const path = texts["restore"];
  return path === undefined ? undefined : await readGivenFile(path);
}

async function readGivenFile(path: string): Promise<Buffer> {
  return readFile(path).catch((error: unknown) => {
    throw new Error(`cannot read ${path}: ${(error as Error).message}`, { cause: error });
  });
}

async function readFaults({ texts }: Given): Promise<readonly FaultInput[]> {
  const path = texts["faults"];
  if (path === undefined) return [];
  const text = await readGivenFile(path);
  try {
    return parseFaults(text.toString());
  } catch (error) {
    if (!KinesisError.is(error, "INVALID_OPTIONS")) throw error;
    throw new Error(`${path}: ${error.details.problems.join("; ")}`, { cause: error });
  }
}

function readSeed(given: Given): { random?: Random } {
  if (given.texts["seed"] === undefined) return {};
  const seed = readWhole(given, "seed", 0, { min: 0, max: Number.MAX_SAFE_INTEGER });
  return { random: new SeededRandom(seed) };
}

function readMaxBytes(given: Given): { maxBytes?: number } {
  if (given.texts["max-bytes"] === undefined) return {};
  const bounds = { min: PUT_RECORDS_LIMITS.maxBytes, max: Number.MAX_SAFE_INTEGER };
  return { maxBytes: readWhole(given, "max-bytes", bounds.min, bounds) };
}

function readMaxSnapshotBytes(given: Given): { maxSnapshotBytes?: number } {
  if (given.texts["max-snapshot-bytes"] === undefined) return {};
  const bounds = { min: 1024 * 1024, max: 2 ** 31 - 1 };
  return { maxSnapshotBytes: readWhole(given, "max-snapshot-bytes", bounds.min, bounds) };
}
