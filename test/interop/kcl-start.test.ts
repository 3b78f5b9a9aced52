// How the KCL 2.x starts where no leases are: why our tests make the first ones beforehand, or say how long it may wait.
import { expect, test } from "vitest";
import { eventually } from "./eventually.ts";
import { KclWorkers } from "./kcl-workers.ts";
import { STREAM, Stage } from "./stage.ts";

const SHARD_SYNC_MS = 6000;
/** Of chance, up to which it looks whether another worker makes the leases. */
const MAX_WAIT_MS = 30_000;

test("the KCL reads nothing before shardSyncIntervalMillis are over since it has made the first leases", async () => {
  const stage = await Stage.start(1);
  const { endpoint } = stage.emulator.clientConfig("kinesis");
  const kcl = new KclWorkers({
    application: "java",
    stream: STREAM,
    kinesis: endpoint,
    dynamodb: endpoint,
    workers: ["java-1"],
    shardSyncMs: SHARD_SYNC_MS,
    onDelivery: () => undefined,
  });
  const until = (condition: () => boolean, withinMs: number): Promise<void> =>
    eventually(condition, { withinMs, telling: () => kcl.log });
  /** By the table's own account: whoever watches it may look up late. */
  const askedAtMs = (operation: string): number | undefined =>
    stage.emulator.leaseTableRequests().find((request) => request.operation === operation)?.atMs;

  await until(() => askedAtMs("PutItem") !== undefined, 30_000 + 2 * MAX_WAIT_MS);
  await until(() => kcl.incidents.some(({ kind }) => kind === "start"), 60_000);
  const startedAtMs = stage.emulator.clock.wallTimeMs();
  await kcl.kill();
  const [lookedAtMs = 0, madeAtMs = 0] = ["Scan", "PutItem"].map(askedAtMs);

  expect(startedAtMs - madeAtMs).toBeGreaterThan(0.9 * SHARD_SYNC_MS);
  const [wait, sleep] = [madeAtMs - lookedAtMs, startedAtMs - madeAtMs].map((ms) => ms / 1000);
  process.stdout.write(
    `the KCL made its leases ${wait?.toFixed(1)} s after it had found none, and read ${sleep?.toFixed(1)} s later\n`,
  );
});
