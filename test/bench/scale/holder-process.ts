// The process of a consumer that holds many leases and has nothing to do, or of none at all. It runs by itself; asked, it
// tells what it came to since it was asked last.
import { createConsumer, MemoryLeaseTable } from "@shardline/consumer";
import { CountedTable } from "./counted-table.ts";
import { idleKinesis } from "./idle-kinesis.ts";
import { STREAM } from "./many-shards.ts";

/** Who holds how many leases, and what it reads from. */
export type HolderTask =
  | { readonly kind: "nobody" }
  /** Reads from nothing. */
  | { readonly kind: "leases"; readonly leases: number }
  /** Polls an endpoint. */
  | { readonly kind: "polls"; readonly leases: number; readonly port: number };

/** What it came to. */
export interface HolderUse {
  /** Percent of a core. */
  readonly cpuPercent: number;
  /** Counted of who polls alone: the count would be felt where nothing else is done. */
  readonly writesPerLeaseHour: number | undefined;
}

const POLL_MS = 2000;
const SETTLE_MS = 5000;
const HOUR_MS = 3_600_000;

const task = JSON.parse(process.argv[2] ?? "") as HolderTask;
const counted = task.kind === "polls" ? new CountedTable() : undefined;
if (task.kind !== "nobody") await hold(task);
let since = snapshot();
process.on("disconnect", () => process.exit());
process.on("message", () => {
  const now = snapshot();
  process.send?.(useBetween(since, now));
  since = now;
});
process.send?.("ready");

/** Resolves when all leases are held, and what that took is over. */
async function hold(holder: Exclude<HolderTask, { kind: "nobody" }>): Promise<void> {
  const credentials = { accessKeyId: "bench", secretAccessKey: "bench" };
  const consumer = createConsumer({
    application: "bench",
    stream: STREAM,
    startAt: "TRIM_HORIZON",
    kinesis:
      holder.kind === "leases"
        ? idleKinesis(holder.leases)
        : { endpoint: `http://127.0.0.1:${holder.port}`, region: "us-east-1", credentials },
    leaseTable: counted ?? new MemoryLeaseTable(),
    read: { idleMs: POLL_MS },
    processBatch: () => undefined,
  });
  let held = 0;
  const all = new Promise<void>((resolve) => {
    consumer.on("leaseTaken", () => {
      held += 1;
      if (held === holder.leases) resolve();
    });
  });
  void consumer.run();
  await all;
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
}

interface Snapshot {
  readonly atMs: number;
  readonly cpu: NodeJS.CpuUsage;
}

function snapshot(): Snapshot {
  return { atMs: performance.now(), cpu: process.cpuUsage() };
}

function useBetween(before: Snapshot, after: Snapshot): HolderUse {
  const elapsedMs = after.atMs - before.atMs;
  const cpuMs = (total(after.cpu) - total(before.cpu)) / 1000;
  const cpuPercent = (100 * cpuMs) / elapsedMs;
  return { cpuPercent, writesPerLeaseHour: counted && HOUR_MS / counted.takePauseMs() };
}

function total({ system, user }: NodeJS.CpuUsage): number {
  return user + system;
}
