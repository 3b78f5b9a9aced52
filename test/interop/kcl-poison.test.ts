// An aggregate that points outside its own tables, between two records that are well: what becomes of all three.
import { LinkedSignal } from "@shardline/core";
import { expect, test } from "vitest";
import { aggregateOf, field } from "../../packages/aggregation/test/support/messages.ts";
import { eventually } from "./eventually.ts";
import { makeFirstLease } from "./first-leases.ts";
import { KclWorkers } from "./kcl-workers.ts";
import { NativeWorker } from "./native-worker.ts";
import { STREAM, Stage } from "./stage.ts";

const KEY = "k";
const POISON = Buffer.from(aggregateOf(field(1, KEY), field(3, 0x08, 1, field(3, "v"))));
const END_OF_SCHEDULER =
  'Exception in thread "java-1" java.lang.NoClassDefFoundError: javax/xml/bind/DatatypeConverter';

test("a malformed aggregate: we skip it alone if we are told to; the KCL loses the records beside it, and its scheduler", async () => {
  const stage = await Stage.start(1);
  const kinesis = stage.emulator.clientConfig("kinesis");
  const put = async (...data: readonly Buffer[]): Promise<void> => {
    const entries = data.map((bytes) => ({ partitionKey: KEY, data: bytes }));
    const stream = { name: STREAM };
    await stage.emulator.kinesis.putRecords({ stream, entries }, new LinkedSignal().signal);
  };
  await put(Buffer.from("before"), POISON, Buffer.from("behind"));
  await makeFirstLease(stage.emulator, "java");
  const toKcl: string[] = [];
  const kcl = new KclWorkers({
    application: "java",
    stream: STREAM,
    kinesis: kinesis.endpoint,
    dynamodb: kinesis.endpoint,
    workers: ["java-1"],
    onDelivery: ({ data }) => toKcl.push(data),
  });
  const toUs: string[] = [];
  const { consumer } = NativeWorker.start({
    application: "ours",
    kinesis,
    onFailure: { then: "skip" },
    onDelivery: ({ data }) => toUs.push(data),
  });
  const told: unknown[] = [];
  consumer.on("aggregatesMalformed", (event) => told.push(event));
  consumer.on("recordsSkipped", ({ records }) => told.push({ records }));
  const patience = { withinMs: 60_000, telling: () => kcl.log };
  await eventually(() => /The incoming data has been skipped/.test(kcl.log), patience);
  await put(Buffer.from("later"));
  await eventually(() => toKcl.includes("later") && toUs.includes("later"), patience);

  expect(toUs).toEqual(["before", "behind", "later"]);
  expect(told).toEqual([{ shardId: "shardId-000000000000", records: 1 }, { records: 1 }]);
  expect(toKcl).toEqual(["later"]);
  await eventually(() => kcl.log.includes(END_OF_SCHEDULER), patience);
  const checkpoints = (): number =>
    kcl.incidents.filter(({ kind }) => kind === "checkpoint").length;
  await eventually(() => checkpoints() > 0, patience);
  expect(checkpoints()).toBe(1);
  await kcl.kill();
});
