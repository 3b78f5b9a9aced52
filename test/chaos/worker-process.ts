// A worker's process: writes down what its handler is done with, as the last thing before it returns, and what becomes
// of its leases.
import { writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { type Consumer, createConsumer } from "@shardline/consumer";
import { KinesisError, silentLogger } from "@shardline/core";
import {
  APPLICATION,
  JOURNAL_FD,
  type JournalLine,
  START_FAILED,
  STREAM,
  type WorkerSetup,
} from "./chaos-messages.ts";
import { machineMs } from "./machine-time.ts";
import { outliveSignals } from "./outlive-signals.ts";
import { placeOf } from "./place.ts";
import { identityOf } from "./workload.ts";

/**
 * One batch in ten takes long, so that workers are killed and stopped, and leases renewed, while handlers are at work: a
 * checkpoint ahead of them would lose what is in their hands.
 */
const LONG_ODDS = 0.1;
const MAX_LONG_MS = 1000;
const MAX_SHORT_MS = 20;
const IDLE_MS = 250;
const BATCH_RECORDS = 500;

type Untimed = JournalLine extends infer Line
  ? Line extends unknown
    ? Omit<Line, "atMs">
    : never
  : never;

outliveSignals();
const stop = new AbortController();
process.on("SIGTERM", () => stop.abort());
const setup = JSON.parse(process.argv[2] ?? "") as WorkerSetup;
const { dynamodb, failoverMs, kinesis, name, readMode } = setup;
const consumer = createConsumer({
  application: APPLICATION,
  stream: STREAM,
  startAt: "TRIM_HORIZON",
  kinesis,
  dynamodb,
  workerId: name,
  leases: { failoverMs },
  read: { mode: readMode, idleMs: IDLE_MS },
  batch: { maxRecords: BATCH_RECORDS },
  logger: silentLogger,
  processBatch: async ({ records }, { leaseEpoch, shardId }) => {
    note({ kind: "began", shardId, epoch: leaseEpoch });
    const handed = records.flatMap((record) => {
      const { key, number } = identityOf(record.data);
      return [key, number, placeOf({ shardId, ...record })];
    });
    await sleep(Math.random() * (Math.random() < LONG_ODDS ? MAX_LONG_MS : MAX_SHORT_MS));
    note({ kind: "handled", shardId, records: handed, isPushed: isPushed(shardId) });
  },
});
let hasBegun = false;
consumer.on("startupPhaseEnded", ({ phase }) => (hasBegun ||= phase === "stream"));
listen(consumer);
await consumer.run({ signal: stop.signal }).catch(endUnlessMended);
process.disconnect();

/** As every program that a platform starts again: it ends when the services stay away at the start. */
function endUnlessMended(error: unknown): never {
  const isForNow = KinesisError.is(error, "API_CALL_FAILED") && error.isRetryable;
  if (hasBegun || !isForNow) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(START_FAILED);
}

function isPushed(shardId: string): boolean {
  const shard = consumer.stats().shards.find((other) => other.shardId === shardId);
  return shard?.readMode === "fan-out";
}

function listen(source: Consumer): void {
  source.on("leaseTaken", ({ epoch, previousOwner, shardId }) =>
    note({ kind: "taken", shardId, epoch, from: previousOwner }),
  );
  source.on("leaseLost", ({ cause, newOwner, shardId }) =>
    note({ kind: "lost", shardId, cause, to: newOwner }),
  );
  source.on("leaseReleased", ({ shardId, to }) => note({ kind: "released", shardId, to }));
  source.on("shardEnded", ({ shardId }) => note({ kind: "ended", shardId }));
  const told = ["shardStarted", "readFailed", "shardStalled", "batchFailed"] as const;
  const subscriptions = ["subscriptionEnded", "subscriptionFailed", "fellBackToPolling"] as const;
  for (const event of [...told, "shardSubscribed", ...subscriptions] as const) {
    source.on(event, (fields) =>
      note({ kind: "told", shardId: fields.shardId, event, detail: JSON.stringify(fields) }),
    );
  }
  const general = ["eventLoopBlocked", "leaseTableThrottled", "leaseTableFailed"] as const;
  for (const event of [...general, "shardSyncFailed", "hashKeysUncovered"] as const) {
    source.on(event, (fields) =>
      note({ kind: "told", shardId: "", event, detail: JSON.stringify(fields) }),
    );
  }
}

function note(line: Untimed): void {
  // A write to a pipe has happened when it returns: a process that is killed afterwards has still said it.
  writeFileSync(JOURNAL_FD, `${JSON.stringify({ atMs: machineMs(), ...line })}\n`);
}
