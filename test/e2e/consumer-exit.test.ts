// How consumers end in real processes: in good order, at once where that is asked for, and with nothing left that keeps
// a process from ending by itself.
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import {
  type ConsumerHealth,
  type ConsumerStats,
  DynamoDbLeaseTable,
  type Lease,
} from "@shardline/consumer";
import { systemClock } from "@shardline/core";
import { type RunningEmulator, startEmulator } from "@shardline/emulator";
import { createProducer } from "@shardline/producer";
import { expect, test } from "vitest";
import { freePort } from "../support/free-port.ts";
import { environmentOf } from "../support/point-sdk-at.ts";
import { type RunningProgram, startProgram } from "../support/run-program.ts";

const EXAMPLE = resolve(import.meta.dirname, "../../docs/examples/consumer-shutdown.ts");

/** The example of the guide, as a process, and what its probes answer. */
interface Probed {
  readonly program: RunningProgram;
  readonly probe: <T>(path: string) => Promise<{ readonly status: number; readonly body: T }>;
}

async function startExample(emulator: RunningEmulator): Promise<Probed> {
  const port = await freePort();
  const environment = { ...environmentOf(emulator), PORT: String(port) };
  const program = startProgram(await readFile(EXAMPLE, "utf8"), environment);
  return {
    program,
    probe: async <T>(path: string) => {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`);
      return { status: answer.status, body: (await answer.json()) as T };
    },
  };
}

async function put(emulator: RunningEmulator, ...texts: readonly string[]): Promise<void> {
  await using producer = createProducer({ stream: "orders", kinesis: emulator.kinesis });
  await Promise.all(texts.map((data) => producer.put({ partitionKey: data, data })));
}

async function leasesOf(emulator: RunningEmulator): Promise<readonly Lease[]> {
  const dynamodb = emulator.clientConfig("dynamodb");
  const place = { tableName: "billing", clock: systemClock, timeoutMs: 5000 };
  const table = new DynamoDbLeaseTable({ ...place, dynamodb });
  try {
    return (await table.list(new AbortController().signal)).leases;
  } finally {
    table.close();
  }
}

/** What `/stats` tells, and nothing as long as the program does not listen yet. */
const statsOf = (probed: Probed) => () =>
  probed.probe<ConsumerStats>("/stats").then(
    ({ body }) => body,
    () => undefined,
  );

const isHandled = (probed: Probed, records: number) =>
  expect.poll(statsOf(probed)).toMatchObject({ records: { handled: records } });

test("96 sigterm: the consumer of the guide answers its probes, drains, and ends with code 0", async () => {
  await using emulator = await startEmulator({ streams: { orders: 2 } });
  await put(emulator, "tea", "cups", "milk");
  const probed = await startExample(emulator);
  await isHandled(probed, 3);
  // The last of the shards may be read a moment later.
  const caughtUp = { leases: 2, lagMs: 0, retentionRisk: 0 };
  await expect.poll(statsOf(probed)).toMatchObject(caughtUp);
  const ready = { status: 200, body: { status: "ready", reasons: [] } };
  await expect.poll(() => probed.probe<ConsumerHealth>("/ready")).toEqual(ready);
  expect((await probed.probe("/live")).status).toBe(200);
  const { leaseTable } = (await probed.probe<ConsumerStats>("/stats")).body;
  expect(leaseTable?.writeUnits).toBeGreaterThanOrEqual(4);
  expect(leaseTable?.readUnits).toBeGreaterThan(0);
  probed.program.kill("SIGTERM");
  const { stdout, ...ended } = await probed.program.ended;
  expect(ended).toEqual({ code: 0, signal: null, stderr: "" });
  const billed = stdout.trim().split("\n").toSorted();
  expect(billed).toEqual(["billed cups", "billed milk", "billed tea"]);
  const leases = await leasesOf(emulator);
  expect(leases.map(({ owner }) => owner)).toEqual([undefined, undefined]);
  const reached = leases.map(({ checkpoint }) => checkpoint.sequenceNumber);
  expect(reached.filter((number) => /^\d+$/.test(number)).length).toBeGreaterThan(0);
});

test("96 sigterm: a second signal ends it at once, and its leases are left to expire", async () => {
  await using emulator = await startEmulator({ streams: { orders: 1 } });
  await put(emulator, "tea");
  const probed = await startExample(emulator);
  await isHandled(probed, 1);
  // The release gets no answer, and without a second signal the drain would wait for it.
  const match = { service: "dynamodb", operations: ["UpdateItem"] } as const;
  emulator.faults.add({ match, effect: { kind: "hang" } });
  probed.program.kill("SIGTERM");
  const draining = { status: 503, body: { status: "draining" } };
  await expect.poll(() => probed.probe<ConsumerHealth>("/ready")).toMatchObject(draining);
  expect((await probed.probe("/live")).status).toBe(200);
  const killedAtMs = systemClock.nowMs();
  probed.program.kill("SIGTERM");
  expect(await probed.program.ended).toMatchObject({ code: null, signal: "SIGTERM" });
  // Long before the 20 seconds of its drain are over.
  expect(systemClock.nowMs() - killedAtMs).toBeLessThan(10_000);
});

test("94 stop-deadline: a process whose handler hangs ends by itself once the time to drain is over", async () => {
  await using emulator = await startEmulator({ streams: { orders: 2 } });
  await put(emulator, "tea");
  const program = startProgram(
    `
      import { createConsumer } from "@shardline/consumer";
      const shutdown = new AbortController();
      const begunAt = { ms: 0 };
      await createConsumer({
        application: "billing",
        stream: "orders",
        startAt: "TRIM_HORIZON",
        processBatch: () => {
          begunAt.ms = performance.now();
          shutdown.abort();
          return new Promise(() => undefined);
        },
      }).run({ signal: shutdown.signal, drainTimeoutMs: 500 });
      console.log(Math.round(performance.now() - begunAt.ms));
    `,
    environmentOf(emulator),
  );
  const ended = await program.ended;
  expect(ended).toMatchObject({ code: 0, signal: null, stderr: "" });
  expect(Number(ended.stdout)).toBeGreaterThanOrEqual(500);
  // The handler would hang for ever; how exactly the time is kept is told on the virtual clock.
  expect(Number(ended.stdout)).toBeLessThan(10_000);
  const owners = (await leasesOf(emulator)).map(({ owner }) => owner);
  expect(owners).toEqual([undefined, undefined]);
});

test("a process whose stream is gone ends with the error, and leaves nothing behind", async () => {
  await using emulator = await startEmulator({ streams: { orders: 1 } });
  const probed = await startExample(emulator);
  await isHandled(probed, 0);
  await emulator.call("DeleteStream", { StreamName: "orders" });
  const { code, stderr } = await probed.program.ended;
  expect(code).toBe(1);
  expect(stderr).toContain("STREAM_NOT_FOUND");
});
