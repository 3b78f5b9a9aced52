// A worker of the demo, in a process of its own: hands each batch to the demo and returns from the handler when the demo
// has seen it.
import {
  type Batch,
  type ConsumedRecord,
  type Consumer,
  createConsumer,
} from "@shardline/consumer";
import { type Position, silentLogger } from "@shardline/core";
import { explain } from "../failure.ts";
import { failsOn } from "./failing.ts";
import { indexOf } from "./input.ts";
import type { DeliveredRecord, FromWorker, ToWorker, WorkerSetup } from "./messages.ts";

const IDLE_MS = 250;
/** Short, so that a demo has time for many failures. */
const RETRIES = { maxAttempts: 2, backoff: { baseMs: 10, maxMs: 20 }, haltMs: 1000 };

const stop = new AbortController();
const unseen = new Map<number, () => void>();
/** Shards by the place that rests: several keys of one may. */
const halted = new Map<string, string>();
let batches = 0;
let isMended = false;
let consumer: Consumer | undefined;

process.on("message", (message: ToWorker) => {
  if (message.kind === "start") void work(message.setup);
  if (message.kind === "stop") stop.abort();
  if (message.kind === "mend") mend();
  if (message.kind === "seen") {
    unseen.get(message.batch)?.();
    unseen.delete(message.batch);
  }
});
// Without the demo there is nothing to do and nobody to tell.
process.on("disconnect", () => process.exit());
// Ctrl-C reaches the whole group of processes; the demo says when to stop.
process.on("SIGINT", () => undefined);

async function work(setup: WorkerSetup): Promise<void> {
  const { application, dynamodb, failing, failoverMs, handling, kinesis, stream, workerId } = setup;
  const { concurrency, ordering, read } = handling;
  const then = failing?.onFailure ?? "halt";
  const deadLetter = ({ data }: ConsumedData): Promise<void> => giveUp(data);
  consumer = createConsumer({
    application,
    stream,
    startAt: "TRIM_HORIZON",
    kinesis,
    dynamodb,
    workerId,
    leases: { failoverMs },
    read: { mode: read, idleMs: IDLE_MS },
    concurrency,
    ordering,
    logger: silentLogger,
    onFailure: { ...RETRIES, then, ...(then === "dead-letter" ? { deadLetter } : {}) },
    processBatch: ({ records }, { shardId }) => handle(records, shardId, setup),
  });
  listen(consumer);
  try {
    await consumer.run({ signal: stop.signal });
    process.exitCode = 0;
  } catch (error) {
    tell({ kind: "failed", reason: explain(error) });
    process.exitCode = 1;
  }
  // By way of send: Node 20 breaks down when a channel is closed while a message is on its way in.
  process.send?.({ kind: "done" } satisfies FromWorker, () => process.disconnect());
}

type ConsumedData = Pick<ConsumedRecord, "data">;

/** The data of lines on which the handler failed, by place: when one is skipped, that is told. */
const failedOn = new Map<string, Uint8Array>();

/** Fails on some lines: those before them are done, those behind them come again. */
async function handle(
  records: Batch["records"],
  shardId: string,
  { failing }: WorkerSetup,
): Promise<{ failedAt: ConsumedRecord; error: Error } | undefined> {
  const bad = isMended ? -1 : records.findIndex(({ data }) => failsOn(failing, indexOf(data)));
  const fine = bad < 0 ? records : records.slice(0, bad);
  const delivered = fine.map(pickDelivered);
  if (fine.length > 0)
    await untilSeen((batch) => ({
      kind: "batch",
      batch,
      shardId,
      readMode: readModeOf(shardId),
      records: delivered,
    }));
  const failedAt = records[bad];
  if (failedAt === undefined) return undefined;
  if (failing?.onFailure === "skip") {
    failedOn.set(placeOf(shardId, failedAt), failedAt.data.slice());
  }
  return { failedAt, error: new Error("the demo was asked to fail on this line") };
}

function readModeOf(shardId: string): "polling" | "fan-out" | undefined {
  return consumer?.stats().shards.find((shard) => shard.shardId === shardId)?.readMode;
}

function giveUp(data: Uint8Array): Promise<void> {
  return untilSeen((batch) => ({ kind: "given up", batch, data }));
}

/** Until the demo has seen a message. */
function untilSeen(messageOf: (batch: number) => FromWorker): Promise<void> {
  batches += 1;
  const batch = batches;
  const seen = new Promise<void>((resolve) => unseen.set(batch, resolve));
  tell(messageOf(batch));
  return seen;
}

/** What is being tried just now may fail once more, and then rests for a second. */
function mend(): void {
  isMended = true;
  for (const shardId of new Set(halted.values())) consumer?.retryShard(shardId);
}

function listen(consumer: Consumer): void {
  const held = (isHeld: boolean) => (event: { readonly shardId: string }) =>
    tell({ kind: "lease", shardId: event.shardId, isHeld });
  consumer.on("leaseTaken", held(true));
  consumer.on("leaseReleased", held(false));
  consumer.on("leaseLost", held(false));
  consumer.on("leaseLost", ({ shardId }) => tell({ kind: "lost", shardId }));
  consumer.on("shardStarted", ({ shardId, ...checkpoint }) =>
    tell({ kind: "begun", shardId, checkpoint }),
  );
  consumer.on("shardHalted", ({ shardId, ...place }) => {
    halted.set(placeOf(shardId, place), shardId);
    tell({ kind: "halted", shardId });
  });
  consumer.on("shardResumed", ({ shardId, ...place }) => {
    halted.delete(placeOf(shardId, place));
  });
  // A handler that says where it failed has records skipped one by one.
  consumer.on("recordsSkipped", ({ first, shardId }) => {
    const place = placeOf(shardId, first);
    const data = failedOn.get(place);
    failedOn.delete(place);
    if (data !== undefined) void giveUp(data);
  });
}

function placeOf(shardId: string, { sequenceNumber, subSequenceNumber }: Position): string {
  return `${shardId}/${sequenceNumber}/${subSequenceNumber}`;
}

function tell(message: FromWorker): void {
  process.send?.(message);
}

function pickDelivered({
  data,
  sequenceNumber,
  subSequenceNumber,
}: ConsumedRecord): DeliveredRecord {
  return { data, sequenceNumber, subSequenceNumber };
}
