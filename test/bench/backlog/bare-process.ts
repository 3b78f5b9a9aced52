// The process of bare reads: reads a stream on and on, shard by shard side by side, and throws away what comes. Told to
// expect a backlog it counts; then it is asked what the backlog took.
import { setTimeout as sleep } from "node:timers/promises";
import { machineMs } from "../machine-ms.ts";
import { type BareAnswer, BareCalls } from "../workers/bare-calls.ts";
import { listenTo, registered, sessionTo } from "../workers/bare-subscription.ts";
import type { BareArrival, BareQuestion, BareTask } from "./bare-messages.ts";

/** A backlog that is not read to its end. */
interface Expected {
  readonly cpuBefore: NodeJS.CpuUsage;
  /** Shards of which nothing came, and those of which something did and more will. */
  readonly unread: Set<string>;
  readonly begun: Set<string>;
  bytes: number;
  readonly resolve: (arrival: BareArrival) => void;
}

/** An answer or an event without records has fewer. */
const MIN_BYTES = 1024;
/** The end of an event after which there is nothing more to read. */
const AT_TIP = Buffer.from('"MillisBehindLatest":0}');

const task = JSON.parse(process.argv[2] ?? "") as BareTask;
const calls = new BareCalls(task);
const shardIds = await calls.shardIdsOf(task.stream);
let expected: Expected | undefined;
let arrival: Promise<BareArrival> | undefined;
process.on("disconnect", () => process.exit());
process.on("message", ({ question }: { readonly question: BareQuestion }) => {
  if (question === "expect") {
    arrival = new Promise((resolve) => expect(resolve));
    process.send?.("expects");
  } else void arrival?.then((told) => process.send?.(told));
});
await (task.read === "polling" ? startPolling(task) : startListening(task));
process.send?.("ready");

async function startPolling({ idleMs, stream }: BareTask): Promise<void> {
  for (const shardId of shardIds) {
    void poll(shardId, await calls.pollerOf(stream, shardId), idleMs);
  }
}

async function poll(
  shardId: string,
  next: () => Promise<BareAnswer>,
  idleMs: number,
): Promise<never> {
  for (;;) {
    const readAtMs = performance.now();
    const { isAtTip, pieces } = await next();
    const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
    count(shardId, bytes, isAtTip);
    await sleep(Math.max(0, readAtMs + idleMs - performance.now()));
  }
}

async function startListening({ endpoint, stream }: BareTask): Promise<void> {
  const consumer = await registered(calls, stream, "bare");
  const session = await sessionTo(endpoint);
  for (const shardId of shardIds) {
    await listenTo(session, consumer, shardId, (payload) => {
      count(shardId, payload.length, payload.subarray(-AT_TIP.length).equals(AT_TIP));
    });
  }
}

function expect(resolve: Expected["resolve"]): void {
  const cpuBefore = process.cpuUsage();
  expected = { cpuBefore, unread: new Set(shardIds), begun: new Set(), bytes: 0, resolve };
}

function count(shardId: string, bytes: number, isAtTip: boolean): void {
  if (expected === undefined) return;
  const { begun, cpuBefore, resolve, unread } = expected;
  expected.bytes += bytes;
  if (bytes >= MIN_BYTES && unread.delete(shardId)) begun.add(shardId);
  if (isAtTip) begun.delete(shardId);
  if (unread.size + begun.size > 0) return;
  const { system, user } = process.cpuUsage(cpuBefore);
  resolve({ atMs: machineMs(), cpuUs: user + system, bytes: expected.bytes });
  expected = undefined;
}
