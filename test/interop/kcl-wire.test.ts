// What the KCL 2.x speaks to the emulator in all these tests, where the AWS SDK for Java chooses it.
import { LinkedSignal } from "@shardline/core";
import { expect, test } from "vitest";
import { eventually } from "./eventually.ts";
import { makeFirstLease } from "./first-leases.ts";
import { KclWorkers } from "./kcl-workers.ts";
import { STREAM, Stage } from "./stage.ts";
import { TappedLine } from "./tapped-line.ts";

/** How a client begins that knows beforehand that the server speaks HTTP/2. */
const HTTP_2 = "PRI * HTTP/2.0\r\n";
/** A name of a field in CBOR, behind its length, and in JSON; bodies are not compressed, unlike headers. */
const IN_CBOR = { iterator: "\x6dShardIterator", records: "\x67Records" };
const IN_JSON = { iterator: '"ShardIterator"', records: '"Records"' };

test("the KCL reads in CBOR and over HTTP/2, as the AWS SDK for Java does where it is not told otherwise", async () => {
  const stage = await Stage.start(1);
  const { endpoint } = stage.emulator.clientConfig("kinesis");
  const line = await TappedLine.to(stage.emulator.port);
  await makeFirstLease(stage.emulator, "java");
  const entries = [{ partitionKey: "k", data: Buffer.from("hello") }];
  const { signal } = new LinkedSignal();
  await stage.emulator.kinesis.putRecords({ stream: { name: STREAM }, entries }, signal);
  const read: string[] = [];
  const kcl = new KclWorkers({
    application: "java",
    stream: STREAM,
    kinesis: `http://127.0.0.1:${line.port}`,
    dynamodb: endpoint,
    workers: ["java-1"],
    onDelivery: ({ data }) => read.push(data),
  });
  await eventually(() => read.length > 0, { withinMs: 60_000, telling: () => kcl.log });
  await kcl.kill();

  expect(read).toEqual(["hello"]);
  expect(line.asked.startsWith(HTTP_2)).toBe(true);
  expect([line.asked.includes(IN_CBOR.iterator), line.asked.includes(IN_JSON.iterator)]).toEqual([
    true,
    false,
  ]);
  expect([line.told.includes(IN_CBOR.records), line.told.includes(IN_JSON.records)]).toEqual([
    true,
    false,
  ]);
});
