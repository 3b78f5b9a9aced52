import {
  GetRecordsCommand,
  KinesisClient,
  PutRecordCommand,
  PutRecordsCommand,
} from "@aws-sdk/client-kinesis";
import { createRequestHandler } from "@shardline/emulator";
import fc from "fast-check";
import { expect, test } from "vitest";
import { EncryptedRuns } from "../src/stream/encrypted-runs.ts";
import { ACCOUNT, base64, newEmulator, type TestEmulator } from "./support/emulator.ts";
import { follow, registerConsumer } from "./support/fan-out.ts";
import { SPEAKS_CBOR } from "./support/sdk-cbor.ts";
import { FIRST_SHARD, iterator, put, read, splitInHalf } from "./support/records.ts";

const DAY_MS = 24 * 3_600_000;
const name = { StreamName: "s" };
const KMS = { ...name, EncryptionType: "KMS" };
const KEY = { ...KMS, KeyId: "alias/aws/kinesis" };
const HORIZON = { ShardIteratorType: "TRIM_HORIZON" };

async function descriptionsOf({ call }: TestEmulator): Promise<readonly object[]> {
  const whole = await call<{ StreamDescription: object }>("DescribeStream", name);
  type Summary = { StreamDescriptionSummary: object };
  const summary = await call<Summary>("DescribeStreamSummary", name);
  return [whole.StreamDescription, summary.StreamDescriptionSummary];
}

async function encrypt(emulator: TestEmulator, KeyId = KEY.KeyId): Promise<void> {
  await emulator.call("StartStreamEncryption", { ...KMS, KeyId });
  await emulator.clock.advance(1);
}

async function stop(emulator: TestEmulator): Promise<void> {
  await emulator.call("StopStreamEncryption", KEY);
  await emulator.clock.advance(1);
}

/** As records say it: a record that is not encrypted says nothing. */
const saidBy = (record: object): unknown => (record as { EncryptionType?: string }).EncryptionType;

test("encryption starts and stops at the end of UPDATING, and descriptions tell the key", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  for (const description of await descriptionsOf(emulator)) {
    expect(description).toMatchObject({ EncryptionType: "NONE" });
    expect(description).not.toHaveProperty("KeyId");
  }
  expect(await emulator.call("StartStreamEncryption", KEY)).toBeUndefined();
  for (const description of await descriptionsOf(emulator)) {
    expect(description).toMatchObject({ StreamStatus: "UPDATING", EncryptionType: "NONE" });
  }
  await emulator.clock.advance(1);
  for (const description of await descriptionsOf(emulator)) {
    const { KeyId } = KEY;
    expect(description).toMatchObject({ StreamStatus: "ACTIVE", EncryptionType: "KMS", KeyId });
  }
  await encrypt(emulator, "alias/other");
  for (const description of await descriptionsOf(emulator)) {
    expect(description).toMatchObject({ EncryptionType: "KMS", KeyId: "alias/other" });
  }
  expect(await emulator.call("StopStreamEncryption", KEY)).toBeUndefined();
  for (const description of await descriptionsOf(emulator)) {
    expect(description).toMatchObject({ StreamStatus: "UPDATING", EncryptionType: "KMS" });
  }
  await emulator.clock.advance(1);
  for (const description of await descriptionsOf(emulator)) {
    expect(description).toMatchObject({ StreamStatus: "ACTIVE", EncryptionType: "NONE" });
    expect(description).not.toHaveProperty("KeyId");
  }
});

test("puts and records say whether they are encrypted, and records keep what they were stored as", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const Records = [{ PartitionKey: "k", Data: base64("x") }];
  const putBoth = async (): Promise<unknown[]> => [
    saidBy(await put(emulator, "x")),
    saidBy(await emulator.call<object>("PutRecords", { ...name, Records })),
  ];
  expect(await putBoth()).toEqual([undefined, undefined]);
  await encrypt(emulator);
  expect(await putBoth()).toEqual(["KMS", "KMS"]);
  await encrypt(emulator, "alias/other");
  expect(await putBoth()).toEqual(["KMS", "KMS"]);
  await stop(emulator);
  expect(await putBoth()).toEqual([undefined, undefined]);
  const expected = [undefined, undefined, "KMS", "KMS", "KMS", "KMS", undefined, undefined];
  const page = await read(emulator, await iterator(emulator, HORIZON));
  expect(page.Records.map(saidBy)).toEqual(expected);
  const reading = await follow(emulator, await registerConsumer(emulator), {
    Type: "TRIM_HORIZON",
  });
  await emulator.clock.advance(1);
  expect(reading.events.flatMap((event) => event.Records).map(saidBy)).toEqual(expected);
});

test("shards that open while the stream is encrypted are encrypted from their first record on", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  await encrypt(emulator);
  await splitInHalf(emulator, FIRST_SHARD);
  await put(emulator, "x", { ExplicitHashKey: "0" });
  await stop(emulator);
  await put(emulator, "y", { ExplicitHashKey: "0" });
  const start = { ...HORIZON, ShardId: "shardId-000000000001" };
  const { Records } = await read(emulator, await iterator(emulator, start));
  expect(Records.map(saidBy)).toEqual(["KMS", undefined]);
});

test("what every put was told is what its record says, whatever happens in between", async () => {
  const step = fc.constantFrom("put", "put", "put", "start", "stop", "split", "hour");
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 40, size: "max" }),
      fc.boolean(),
      async (steps, gaps) => {
        const emulator = newEmulator({ streams: { s: 1 }, sequenceGaps: gaps });
        const told = new Map<string, unknown>();
        let count = 1;
        for (const kind of steps) {
          if (kind === "put") {
            const result = await put(emulator, "x", { PartitionKey: `${told.size}` });
            told.set(result.SequenceNumber, saidBy(result));
          } else if (kind === "start") await encrypt(emulator, `alias/${told.size}`);
          else if (kind === "stop") await stop(emulator);
          else if (kind === "hour") await emulator.clock.advance(3_600_000);
          else if (count < 8) {
            await splitInHalf(emulator, emulator.emulator.shards("s").at(-1)?.shardId ?? "");
            count += 1;
          }
        }
        const kept = new Map<string, unknown>();
        for (const { shardId: ShardId } of emulator.emulator.shards("s")) {
          const page = await read(emulator, await iterator(emulator, { ...HORIZON, ShardId }));
          for (const record of page.Records) kept.set(record.SequenceNumber, saidBy(record));
        }
        for (const [number, type] of kept)
          expect([number, type]).toEqual([number, told.get(number)]);
      },
    ),
    { numRuns: 60 },
  );
});

test.each([
  ["JSON", {}],
  ["CBOR", SPEAKS_CBOR],
])(
  "the SDK reads of puts and records, with and without a key, how they are encrypted, in %s",
  async (_, protocol) => {
    const streams = { s: { shards: 1, distribution: "AUTO" } } as const;
    const test = newEmulator({ streams });
    const client = new KinesisClient({
      region: "us-east-1",
      credentials: { accessKeyId: "x", secretAccessKey: "x" },
      ...protocol,
      requestHandler: createRequestHandler(test.emulator),
    });
    const Data = Buffer.from([0, 128, 255]);
    const StreamName = "s";
    const Records = [{ Data, PartitionKey: "é" }, { Data }];
    const plain = await client.send(new PutRecordsCommand({ StreamName, Records }));
    await encrypt(test);
    const encrypted = await client.send(new PutRecordsCommand({ StreamName, Records }));
    const one = await client.send(new PutRecordCommand({ StreamName, Data }));
    expect([plain, encrypted, one].map(saidBy)).toEqual([undefined, "KMS", "KMS"]);
    expect([plain.FailedRecordCount, encrypted.FailedRecordCount]).toEqual([0, 0]);
    const ShardIterator = await iterator(test, HORIZON);
    const page = await client.send(new GetRecordsCommand({ ShardIterator }));
    expect(page.Records?.map((record) => [record.PartitionKey, saidBy(record)])).toEqual([
      ["é", undefined],
      [undefined, undefined],
      ["é", "KMS"],
      [undefined, "KMS"],
      [undefined, "KMS"],
    ]);
    expect(page.Records?.map((record) => Buffer.from(record.Data ?? ""))).toEqual(
      Array(5).fill(Data),
    );
  },
);

test("runs of encrypted records are forgotten once nothing of them is left", () => {
  const runs = new EncryptedRuns();
  for (let i = 0; i < 10; i += 1) runs.turn(i % 2 === 0, 10 * i, 0);
  expect(runs.turns).toHaveLength(10);
  runs.turn(true, 200, 35);
  expect(runs.turns).toEqual([40, 50, 60, 70, 80, 90, 200]);
  runs.turn(true, 300, 35);
  expect(new EncryptedRuns(runs.turns).turns).toEqual(runs.turns);
  const covered = [35, 39, 40, 49, 50, 59, 60, 199, 200, 1000].filter((i) => runs.covers(i));
  expect(covered).toEqual([40, 49, 60, 200, 1000]);
});

test.each([
  ["StartStreamEncryption", "started"],
  ["StopStreamEncryption", "stopped"],
])(
  "%s is had 25 times in 24 hours, and asking for what is there does not count",
  async (operation, what) => {
    const emulator = newEmulator({ streams: { s: 1 } });
    const { clock, refusal } = emulator;
    const stops = operation === "StopStreamEncryption";
    const once = async (i: number): Promise<void> => {
      await encrypt(emulator, `alias/${i}`);
      await emulator.call("StartStreamEncryption", { ...KMS, KeyId: `alias/${i}` });
      if (!stops) return;
      await clock.advance(9);
      await stop(emulator);
      await emulator.call("StopStreamEncryption", KEY);
    };
    for (let i = 0; i < 25; i += 1) await once(i);
    const last = { ...KMS, KeyId: "alias/last" };
    if (stops) {
      // The first start is a day old by then, the first stop is not.
      await clock.advance(DAY_MS - 25 * 11);
      await encrypt(emulator, "alias/again");
    }
    expect(await refusal(operation, last)).toEqual({
      name: "LimitExceededException",
      reason: `Stream s under account ${ACCOUNT} has ${what} encryption 25 times in the last 24 hours.`,
    });
    await clock.advance(DAY_MS);
    await emulator.call(operation, last);
    await clock.advance(1);
  },
);

test("only a stream that is ACTIVE is encrypted, only with KMS, and only with a key", async () => {
  const { call, clock, refusal } = newEmulator({ streams: { s: 1 } });
  for (const operation of ["StartStreamEncryption", "StopStreamEncryption"]) {
    const none = { ...KEY, EncryptionType: "NONE" };
    expect((await refusal(operation, none)).name).toBe("InvalidArgumentException");
    const wrong = { ...name, EncryptionType: "AES", KeyId: "" };
    expect(await refusal(operation, wrong)).toEqual({
      name: "ValidationException",
      reason:
        "2 validation errors detected: Value 'AES' at 'encryptionType' failed to satisfy constraint: Member must " +
        "satisfy enum value set: [NONE, KMS]; Value '' at 'keyId' failed to satisfy constraint: Member must have " +
        "length greater than or equal to 1",
    });
    expect((await refusal(operation, KMS)).name).toBe("ValidationException");
    const long = { ...KMS, KeyId: "k".repeat(2049) };
    expect((await refusal(operation, long)).name).toBe("ValidationException");
    const missing = { ...KEY, StreamName: "t" };
    expect((await refusal(operation, missing)).name).toBe("ResourceNotFoundException");
  }
  await call("StartStreamEncryption", KEY);
  expect((await refusal("StopStreamEncryption", KEY)).name).toBe("ResourceInUseException");
  expect((await refusal("StartStreamEncryption", KEY)).name).toBe("ResourceInUseException");
  await clock.advance(1);
});
