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
  const until = async (condition: () => boolean, withinMs: number): Promise<number> => {
    await eventually(condition, { withinMs, telling: () => kcl.log });
    return performance.now();
  };
  const asked = (operation: string): boolean =>
    stage.emulator.leaseTableRequests().some((request) => request.operation === operation);

  const lookedAtMs = await until(() => asked("Scan"), 30_000);
  const madeAtMs = await until(() => asked("PutItem"), 2 * MAX_WAIT_MS);
  const startedAtMs = await until(() => kcl.incidents.some(({ kind }) => kind === "start"), 60_000);
  await kcl.kill();

  expect(startedAtMs - madeAtMs).toBeGreaterThan(0.9 * SHARD_SYNC_MS);
  const [wait, sleep] = [madeAtMs - lookedAtMs, startedAtMs - madeAtMs].map((ms) => ms / 1000);
  process.stdout.write(
    `the KCL made its leases ${wait?.toFixed(1)} s after it had found none, and read ${sleep?.toFixed(1)} s later\n`,
  );
});
