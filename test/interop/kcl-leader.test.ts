// How a fleet of the KCL 3.5 begins, and what becomes of it without its leader: why our tests make the first items of such
// a fleet beforehand, and stop its workers in good order.
import { expect, test } from "vitest";
import { startDynamoDbLocal } from "./dynamodb-local.ts";
import { eventually } from "./eventually.ts";
import { type KclOptions, KclWorkers } from "./kcl-workers.ts";
import { STREAM, Stage } from "./stage.ts";

const APPLICATION = "java";
const FAILOVER_MS = 3_000;
/** Of the leader's lock, 120 s unless configured. */
const LOCK_MS = 40_000;
const PATIENCE_MS = 180_000;
const NEVER_INITIALIZED = /Unable to initialize after 20 attempts/;

/** It takes minutes, and tells only of the KCL. */
const isFull = process.env["SHARDLINE_FULL"] === "1";

test.runIf(isFull)(
  "of two workers of KCL 3.5 that begin a new application at the same moment one gives up, and after a leader that was killed comes no other before its lock has run out",
  async () => {
    const [stage, dynamodb] = await Promise.all([Stage.start(2), startDynamoDbLocal()]);
    const startKcl = (workers: readonly string[]): KclWorkers => {
      const options: KclOptions = {
        version: "3.5",
        application: APPLICATION,
        stream: STREAM,
        kinesis: stage.emulator.endpoint,
        dynamodb: dynamodb.endpoint,
        workers,
        failoverMs: FAILOVER_MS,
        leaderLockMs: LOCK_MS,
        onDelivery: () => undefined,
      };
      return new KclWorkers(options);
    };
    const until = (condition: () => boolean, kcl: KclWorkers): Promise<void> =>
      eventually(condition, { withinMs: PATIENCE_MS, telling: () => kcl.log });

    const pair = startKcl(["java-1", "java-2"]);
    await until(() => NEVER_INITIALIZED.test(pair.log), pair);
    await until(() => startsOf(pair).length === 2, pair);
    expect(new Set(startsOf(pair)).size).toBe(1);
    await pair.kill();

    const killedAtMs = performance.now();
    const next = startKcl(["java-3"]);
    await until(() => startsOf(next).length === 2, next);
    expect(performance.now() - killedAtMs).toBeGreaterThan(LOCK_MS);
    await next.stop();
  },
);

/** The worker of each shard that was begun. */
function startsOf({ incidents }: KclWorkers): readonly string[] {
  return incidents.filter(({ kind }) => kind === "start").map(({ worker }) => worker);
}
