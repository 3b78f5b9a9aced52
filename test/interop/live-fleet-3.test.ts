// A live fleet of the KCL 3.5 in its own mode, whose leader hands out the leases. We take no part in it: a worker of ours
// that the fleet comes to ends, and so does one that comes to the fleet, which must not notice.
import { createConsumer } from "@shardline/consumer";
import { silentLogger } from "@shardline/core";
import type { EmulatorClientConfig } from "@shardline/emulator";
import { expect, onTestFinished, test } from "vitest";
import type { Delivery } from "./delivery.ts";
import { startDynamoDbLocal } from "./dynamodb-local.ts";
import { eventually } from "./eventually.ts";
import { makeFirstFleet } from "./first-fleet.ts";
import { KclWorkers } from "./kcl-workers.ts";
import { LeaseHistory } from "./lease-history.ts";
import { Ledger } from "./ledger.ts";
import { Traffic } from "./mixed-fleet.ts";
import { STREAM, Stage } from "./stage.ts";
import { TappedLine } from "./tapped-line.ts";

const APPLICATION = "fleet-3";
const FLEET = ["java-1", "java-2"];
const SHARDS = 4;
const FAILOVER_MS = 3_000;
/** A virtual machine starts, its workers elect a leader, and it hands out what has no owner. */
const PATIENCE_MS = 120_000;
const READS = ["DescribeTable", "GetItem", "Scan"];

test("a fleet of KCL 3.5 in 3.x mode comes, and our worker ends with FLEET_PROTOCOL; the next one does so too and writes nothing; nothing is lost", async () => {
  const [stage, dynamodb] = await Promise.all([Stage.start(SHARDS), startDynamoDbLocal()]);
  await makeFirstFleet(APPLICATION, stage, dynamodb);
  const history = new LeaseHistory(APPLICATION, dynamodb);
  const ledger = new Ledger();
  /** Workers of the fleet that handed out records. */
  const handing = new Set<string>();
  const traffic = new Traffic(stage);

  const telling = (): string => `${JSON.stringify(history.counts)}; ${ledger.summary}`;
  const patience = { withinMs: PATIENCE_MS, telling };

  const first = startOurs(stage, dynamodb, (delivery) => ledger.note(delivery));
  await eventually(() => history.counts["ours"] === SHARDS, patience);
  const kcl = new KclWorkers({
    version: "3.5",
    application: APPLICATION,
    stream: STREAM,
    kinesis: stage.emulator.endpoint,
    dynamodb: dynamodb.endpoint,
    workers: FLEET,
    failoverMs: FAILOVER_MS,
    onDelivery: (delivery, worker) => {
      handing.add(worker);
      ledger.note(delivery);
    },
  });
  await expect(first).rejects.toMatchObject({ code: "FLEET_PROTOCOL" });
  const shares = (): readonly number[] => FLEET.map((worker) => history.counts[worker] ?? 0);
  const isAll = (): boolean => shares().reduce((sum, share) => sum + share, 0) === SHARDS;
  // By what the shards carry, so not in equal numbers.
  await eventually(() => isAll() && shares().every((share) => share > 0), patience);

  const before = history.moves.length;
  const line = await TappedLine.to(Number(new URL(dynamodb.endpoint).port));
  let deliveries = 0;
  const tapped = { ...dynamodb, endpoint: `http://127.0.0.1:${line.port}` };
  const second = startOurs(stage, tapped, () => (deliveries += 1));
  await expect(second).rejects.toMatchObject({ code: "FLEET_PROTOCOL" });
  const calls = new Set(
    [...line.asked.matchAll(/DynamoDB_20120810\.(\w+)/g)].map(([, name]) => name),
  );
  expect(calls).toContain("Scan");
  expect([...calls].filter((name) => !READS.includes(name ?? ""))).toEqual([]);
  expect(deliveries).toBe(0);
  // The leader may go on to balance its own workers.
  const owners = new Set(history.moves.slice(before).map(({ to }) => to));
  expect([...owners].filter((owner) => !owner?.startsWith("java-"))).toEqual([]);

  const records = await traffic.stop();
  expect(traffic.failures).toEqual([]);
  await eventually(() => ledger.unique === records, patience);
  expect(ledger.changed).toEqual([]);
  expect(ledger.stripped).toEqual([]);
  expect(ledger.outOfOrder).toEqual([]);
  expect([...handing].sort()).toEqual(FLEET);
  expect(kcl.unreadable).toEqual([]);
  await kcl.kill();
});

/** Resolves or rejects when our worker ends. */
function startOurs(
  stage: Stage,
  dynamodb: EmulatorClientConfig,
  onDelivery: (delivery: Delivery) => void,
): Promise<void> {
  const consumer = createConsumer({
    application: APPLICATION,
    stream: STREAM,
    startAt: "TRIM_HORIZON",
    kinesis: stage.emulator.clientConfig("kinesis"),
    dynamodb,
    workerId: "ours",
    leases: { failoverMs: FAILOVER_MS },
    logger: silentLogger,
    processBatch: ({ records }, { shardId }) => {
      for (const { data, explicitHashKey, partitionKey = "", ...position } of records) {
        const text = Buffer.from(data).toString();
        onDelivery({ ...position, shardId, partitionKey, explicitHashKey, data: text });
      }
    },
  });
  const stopping = new AbortController();
  const ended = consumer.run({ signal: stopping.signal });
  // A test that failed before does not wait for it.
  ended.catch(() => undefined);
  onTestFinished(async () => {
    stopping.abort();
    await ended.catch(() => undefined);
  });
  return ended;
}
