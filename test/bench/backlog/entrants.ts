// Who reads backlogs, each in a process of its own: whole workers, and bare reads, which no worker can do without.
import { type Load, userRecordsOf } from "../consumer/load.ts";
import { HelperProcess } from "../producer/helper-process.ts";
import type { Comparison } from "../suite.ts";
import { prepareTable } from "../workers/lease-table.ts";
import { streamOf, type Streams } from "../workers/streams.ts";
import { Worker } from "../workers/worker.ts";
import { roleOf, type WorkerKind } from "../workers/worker-kinds.ts";
import { reachOf, type WorkerTask } from "../workers/worker-task.ts";
import type { BareArrival, BareTask } from "./bare-messages.ts";

export type Read = WorkerTask["read"];

/** Of a record. */
export interface Cost {
  readonly cpuUs: number;
  /** From when all were there to when the last one was handled. */
  readonly wallUs: number;
}

/** One who reads them. */
export interface Entrant extends Pick<Comparison["variants"][number], "role">, AsyncDisposable {
  readonly name: WorkerKind;
  /** Reads one. @throws unless all of it comes */
  readonly take: (load: Load) => Promise<Cost>;
}

/** The shortest that the KCL can be told. */
const IDLE_MS = 200;

/** Of data in the events of a subscription. */
const BASE64 = 4 / 3;

/** Starts to read. */
export async function enter(kind: WorkerKind, read: Read, streams: Streams): Promise<Entrant> {
  const { expect, process } = await (kind === "bare reads"
    ? startBare(read, streams)
    : startWorker(kind, read, streams));
  return {
    name: kind,
    role: roleOf(kind),
    take: async (load) => {
      const records = userRecordsOf(load) * load.shards;
      const { done } = await expect(load);
      const putAtMs = await streams.ask({ kind: "put", stream: streamOf(kind), load: load.id });
      const { atMs, cpuUs } = await done();
      return { cpuUs: cpuUs / records, wallUs: ((atMs - putAtMs) * 1000) / records };
    },
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}

interface Started {
  readonly process: AsyncDisposable;
  /** Resolves when a backlog can come. */
  readonly expect: (load: Load) => Promise<{
    readonly done: () => Promise<{ readonly atMs: number; readonly cpuUs: number }>;
  }>;
}

async function startWorker(kind: WorkerKind, read: Read, { client }: Streams): Promise<Started> {
  const name = streamOf(kind);
  const worker = await Worker.start(kind, {
    ...reachOf(client),
    stream: name,
    worker: "worker",
    read,
    startAt: "TRIM_HORIZON",
    idleMs: IDLE_MS,
    tell: "totals",
  });
  await prepareTable(kind, client, name);
  await worker.run(name);
  return {
    process: worker,
    expect: async (load) => {
      const { done } = await worker.expect(userRecordsOf(load) * load.shards);
      return { done: () => done };
    },
  };
}

async function startBare(read: Read, { client }: Streams): Promise<Started> {
  const stream = streamOf("bare reads");
  const task: BareTask = { ...reachOf(client), stream, read, idleMs: IDLE_MS };
  const bare = await HelperProcess.start<"ready", BareArrival | "expects">(
    "../backlog/bare-process.js",
    task,
  );
  return {
    process: bare,
    expect: async (load) => {
      await bare.ask("expect");
      return {
        done: async () => {
          const arrival = (await bare.ask("done")) as BareArrival;
          const { bytes } = arrival;
          const data = userRecordsOf(load) * load.shards * load.dataBytes;
          const least = read === "fan-out" ? data * BASE64 : data;
          if (bytes < least) throw new Error(`${bytes} bytes of at least ${least} were read`);
          return arrival;
        },
      };
    },
  };
}
