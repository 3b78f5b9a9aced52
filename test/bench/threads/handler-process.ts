// The process of one contestant: a handler that computes for each record, batch by batch, while the next answer is on its
// way.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { EndpointPorts } from "../consumer/endpoint-process.ts";
import { type Load, LOADS, userRecordsOf } from "../consumer/load.ts";
import { compute } from "./computation.ts";
import { type PackedAnswer, unpack } from "./packed-answer.ts";
import { type Decoded, ShardFetcher } from "./shard-fetcher.ts";
import type { Way } from "./ways.ts";

/** What the process is told when it starts. */
export interface HandlerArgument {
  readonly way: Way;
  readonly load: Load["id"];
  readonly ports: EndpointPorts;
  readonly stepsPerUs: number;
}

/** What it is asked to do. */
export interface HandlerTask {
  /** What the handler computes for each record. */
  readonly handlerUs: number;
}

/** Processor time for one record. */
export interface HandlerTime {
  /** Of the thread that the handler is on. */
  readonly threadUs: number;
  /** Of all threads. */
  readonly processUs: number;
}

/** The next answer, decoded; one at a time. */
type Ahead = () => Promise<() => readonly Decoded[]>;

const BATCH_RECORDS = 500;
const SAMPLE_US = 300_000;
/** A record that is not handled takes at least so long. */
const LEAST_US = 0.5;

const argument = JSON.parse(process.argv[2] ?? "") as HandlerArgument;
const load = LOADS[argument.load];
const fetchAhead = await (argument.way === "on a thread of its own" ? openThread() : openHere());
let ahead = fetchAhead();
let handledBytes = 0;
process.on("disconnect", () => process.exit());
process.on("message", ({ question }: { readonly question: HandlerTask }) => void answer(question));
process.send?.("ready");

async function answer(task: HandlerTask): Promise<void> {
  process.send?.(await handle(task));
}

async function handle({ handlerUs }: HandlerTask): Promise<HandlerTime> {
  const steps = Math.round(handlerUs * argument.stepsPerUs);
  const perAnswer = userRecordsOf(load);
  const answers = Math.ceil(SAMPLE_US / (perAnswer * Math.max(LEAST_US, handlerUs)));
  await ahead;
  const beforeUs = threadCpuUs();
  const before = process.cpuUsage();
  for (let i = 0; i < answers; i += 1) {
    const decode = await ahead;
    ahead = fetchAhead();
    const records = decode();
    for (let at = 0; at < perAnswer; at += 1) {
      handledBytes += (records[at] as Decoded).data.length;
      compute(steps);
      // Between two batches all else has its turn, as in the consumer.
      if (at % BATCH_RECORDS === BATCH_RECORDS - 1) await setImmediate();
    }
  }
  // Every answer that was handled has another one fetched for it.
  await ahead;
  const records = answers * perAnswer;
  const { system, user } = process.cpuUsage(before);
  const threadUs = (threadCpuUs() - beforeUs) / records;
  return { threadUs, processUs: (user + system) / records };
}

/** Of the main thread, which has the id of its process. */
function threadCpuUs(): number {
  const [ns] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, "latin1").split(" ");
  return Number(ns) / 1000;
}

async function openHere(): Promise<Ahead> {
  const fetcher = await ShardFetcher.open(argument.ports, load);
  return async () => {
    const records = await fetcher.next();
    return () => fetcher.decode(records);
  };
}

async function openThread(): Promise<Ahead> {
  const thread = new Worker(join(import.meta.dirname, "decoding-thread.js"), {
    workerData: argument,
  });
  await once(thread, "message");
  return async () => {
    thread.postMessage("next");
    const [packed] = (await once(thread, "message")) as [PackedAnswer];
    return () => unpack(packed);
  };
}
