// An emulator that is kept in a folder, as a process that is killed without warning, again and again: whatever it had
// acknowledged is there afterwards.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { startEmulator } from "@shardline/emulator";
import { expect, onTestFinished, test, vi } from "vitest";
import { shardline, startShardline } from "../support/shardline.ts";

const STREAM = "s";
const TABLE = "leases";
const LIVES = 6;
const PUTTERS = 4;

/** What was acknowledged. */
interface Acknowledged {
  /** Sequence numbers by the text that was put. */
  readonly records: Map<string, string>;
  /** The last counter of each putter's lease. */
  readonly counters: Map<string, number>;
}

async function newFolder(): Promise<string> {
  // As errors name it.
  const folder = await mkdtemp(join(await realpath(tmpdir()), "shardline-persist-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

/** No file gets larger, as if the disk were full: the first block that has no room is written in part. */
const noLargerThan = (bytes: number): readonly string[] => {
  const blocks = Math.floor(bytes / 512);
  return ["sh", "-c", `trap '' XFSZ; ulimit -f ${blocks}; exec "$@"`, "sh"];
};
const AS_IF_FULL = noLargerThan(200 * 1024);

/** One life of the emulator, with a log so small that it is replaced while it is written. */
async function startLife(
  folder: string,
  around: readonly string[] = [],
): Promise<{ child: ChildProcess; endpoint: string }> {
  const persist = JSON.stringify({ folder, maxLogBytes: 1024 * 1024 });
  const program = `
    import { startEmulator } from "@shardline/emulator";
    const emulator = await startEmulator({ persist: ${persist}, streams: { ${STREAM}: 4 } });
    console.log(emulator.endpoint);
  `;
  const node = [process.execPath, "--no-warnings", "--input-type=module", "--eval", program];
  const [command = "", ...args] = [...around, ...node];
  const child = spawn(command, args, { cwd: import.meta.dirname });
  onTestFinished(() => void child.kill("SIGKILL"));
  let complaint = "";
  child.stderr.on("data", (chunk) => (complaint += String(chunk)));
  const told = await Promise.race([once(child.stdout, "data"), once(child, "close")]);
  if (child.exitCode !== null) throw new Error(complaint);
  return { child, endpoint: String(told[0]).trim() };
}

/** Calls either service by its JSON; `undefined` if nobody answered. */
async function call<Output>(endpoint: string, target: string, input: object): Promise<Output> {
  const version = target.startsWith("DynamoDB") ? "1.0" : "1.1";
  const headers = {
    "x-amz-target": target,
    "content-type": `application/x-amz-json-${version}`,
    authorization:
      "AWS4-HMAC-SHA256 Credential=k/20261122/us-east-1/x/aws4_request, SignedHeaders=a, Signature=b",
    "x-amz-date": "20261122T000000Z",
  };
  const answer = await fetch(endpoint, { method: "POST", headers, body: JSON.stringify(input) });
  if (!answer.ok) throw new Error(`${target}: ${answer.status} ${await answer.text()}`);
  return JSON.parse((await answer.text()) || "{}") as Output;
}

const kinesis = <Output>(endpoint: string, operation: string, input: object): Promise<Output> =>
  call(endpoint, `Kinesis_20131202.${operation}`, input);
const dynamodb = <Output>(endpoint: string, operation: string, input: object): Promise<Output> =>
  call(endpoint, `DynamoDB_20120810.${operation}`, input);

/** Puts records and beats a lease, so often, or until nobody answers any more. */
async function put(
  endpoint: string,
  name: string,
  acknowledged: Acknowledged,
  times: number = Number.POSITIVE_INFINITY,
): Promise<void> {
  for (let i = 0; i < times; i += 1) {
    const texts = Array.from({ length: 20 }, (_, n) => `${name}-${i}-${n}-${"x".repeat(300)}`);
    const Records = texts.map((text) => ({
      PartitionKey: text.slice(0, 40),
      Data: Buffer.from(text).toString("base64"),
    }));
    const answer = await kinesis<{ Records: { SequenceNumber: string }[] }>(
      endpoint,
      "PutRecords",
      { StreamName: STREAM, Records },
    );
    answer.Records.forEach(({ SequenceNumber }, n) =>
      acknowledged.records.set(texts[n] as string, SequenceNumber),
    );
    const Item = { leaseKey: { S: name }, leaseCounter: { N: String(i) } };
    await dynamodb(endpoint, "PutItem", { TableName: TABLE, Item });
    acknowledged.counters.set(name, i);
  }
}

async function createTable(endpoint: string): Promise<void> {
  await dynamodb(endpoint, "CreateTable", {
    TableName: TABLE,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [{ AttributeName: "leaseKey", AttributeType: "S" }],
    KeySchema: [{ AttributeName: "leaseKey", KeyType: "HASH" }],
  });
  await vi.waitFor(() =>
    dynamodb(endpoint, "GetItem", { TableName: TABLE, Key: { leaseKey: { S: "none" } } }),
  );
}

test.skipIf(process.platform === "win32")(
  "an emulator that cannot write any more accepts nothing, serves what it has, and has lost nothing that it had acknowledged",
  async () => {
    const folder = await newFolder();
    const acknowledged: Acknowledged = { records: new Map(), counters: new Map() };
    const { child, endpoint } = await startLife(folder, AS_IF_FULL);
    await createTable(endpoint);
    const refusals = await Promise.allSettled(
      Array.from({ length: PUTTERS }, (_, n) => put(endpoint, `full.${n}`, acknowledged)),
    );
    for (const refusal of refusals) {
      const reason = expect.objectContaining({ message: expect.stringMatching(/cannot write to/) });
      expect(refusal).toEqual({ status: "rejected", reason });
    }
    const Item = { leaseKey: { S: "late" } };
    await expect(dynamodb(endpoint, "PutItem", { TableName: TABLE, Item })).rejects.toThrow();
    await expect(kinesis(endpoint, "DeleteStream", { StreamName: STREAM })).rejects.toThrow(
      /: 500 .*InternalFailure/,
    );
    await expect(
      kinesis(endpoint, "DescribeStreamSummary", { StreamName: STREAM }),
    ).resolves.toBeDefined();
    child.kill("SIGKILL");
    await once(child, "close");
    await using emulator = await startEmulator({ persist: folder });
    const shards = emulator.inspect(STREAM)?.shards ?? [];
    const stored = shards.flatMap(({ records }) => records);
    const texts = new Set(stored.map(({ data }) => Buffer.from(data).toString()));
    expect(acknowledged.records.size).toBeGreaterThan(100);
    for (const text of acknowledged.records.keys()) expect(texts).toContain(text);
    const late = { TableName: TABLE, Key: Item };
    expect(await dynamodb(emulator.endpoint, "GetItem", late)).toEqual({});
  },
);

test.skipIf(process.platform === "win32")(
  "an emulator that has no room for a snapshot goes on with its log, loses nothing, and has one when there is room again",
  async () => {
    const folder = await newFolder();
    const acknowledged: Acknowledged = { records: new Map(), counters: new Map() };
    // Its logs are replaced from 1 MiB on: the first snapshot has room, the second has none, and so has the third.
    const { child, endpoint } = await startLife(folder, noLargerThan(1536 * 1024));
    await createTable(endpoint);
    const putAll = async (to: string, name: string, times: number): Promise<void> => {
      const putters = Array.from({ length: PUTTERS }, (_, n) => `${name}.${n}`);
      await Promise.all(putters.map((putter) => put(to, putter, acknowledged, times)));
    };
    await putAll(endpoint, "full", 150);
    const files = await readdir(folder);
    expect(files.filter((name) => name.startsWith("snapshot-"))).toEqual(["snapshot-1"]);
    expect(files.filter((name) => /^log-\d+$/.test(name)).length).toBeGreaterThan(2);
    child.kill("SIGKILL");
    await once(child, "close");

    // Lives in which nothing is replaced: what there is only in several logs stays there.
    for (let life = 0; life < 2; life += 1) {
      const { child: idle } = await startLife(folder);
      idle.kill("SIGKILL");
      await once(idle, "close");
    }
    const next = await startLife(folder);
    await putAll(next.endpoint, "later", 50);
    await vi.waitFor(async () => {
      const left = (await readdir(folder)).filter((name) => name !== "lock");
      expect(left).toEqual([expect.stringMatching(/^log-/), expect.stringMatching(/^snapshot-/)]);
    });
    next.child.kill("SIGKILL");
    await once(next.child, "close");
    await using emulator = await startEmulator({ persist: folder });
    const shards = emulator.inspect(STREAM)?.shards ?? [];
    const texts = shards.flatMap(({ records }) =>
      records.map(({ data }) => Buffer.from(data).toString()),
    );
    expect(acknowledged.records.size).toBe(PUTTERS * 200 * 20);
    expect(texts.sort()).toEqual([...acknowledged.records.keys()].sort());
    for (const [name, counter] of acknowledged.counters) {
      const input = { TableName: TABLE, Key: { leaseKey: { S: name } } };
      expect(await dynamodb(emulator.endpoint, "GetItem", input)).toMatchObject({
        Item: { leaseCounter: { N: String(counter) } },
      });
    }
  },
);

test("killed again and again, an emulator in a folder loses nothing that it had acknowledged", async () => {
  const folder = await newFolder();
  const acknowledged: Acknowledged = { records: new Map(), counters: new Map() };
  let shardCount = 4;
  for (let life = 0; life < LIVES; life += 1) {
    const { child, endpoint } = await startLife(folder);
    if (life === 0) await createTable(endpoint);
    const putting = Array.from({ length: PUTTERS }, (_, n) =>
      put(endpoint, `${life}.${n}`, acknowledged).catch(() => {}),
    );
    await pause(150 + 100 * life);
    const body = JSON.stringify({ stream: STREAM, to: shardCount + 1 });
    const headers = { "content-type": "application/json" };
    const resharded = await fetch(`${endpoint}/_emu/reshard`, { method: "POST", headers, body });
    if (resharded.ok) shardCount += 1;
    await pause(50);
    child.kill("SIGKILL");
    await Promise.all([...putting, once(child, "close")]);
  }
  await using emulator = await startEmulator({ persist: folder });
  const shards = emulator.inspect(STREAM)?.shards ?? [];
  const stored = shards.flatMap(({ records }) => records);
  const numbers = new Map(
    stored.map(({ data, sequenceNumber }) => [Buffer.from(data).toString(), sequenceNumber]),
  );
  expect(acknowledged.records.size).toBeGreaterThan(LIVES * PUTTERS * 20);
  for (const [text, number] of acknowledged.records) expect(numbers.get(text)).toBe(number);
  expect(new Set(numbers.values()).size).toBe(stored.length);
  for (const { records } of shards) {
    const inOrder = records.map(({ sequenceNumber }) => sequenceNumber);
    expect(inOrder).toEqual([...inOrder].sort());
  }
  expect(shards.filter(({ closedAtMs }) => closedAtMs === undefined)).toHaveLength(shardCount);
  for (const [name, counter] of acknowledged.counters) {
    const Key = { leaseKey: { S: name } };
    const { Item } = await dynamodb<{ Item: { leaseCounter: { N: string } } }>(
      emulator.endpoint,
      "GetItem",
      { TableName: TABLE, Key },
    );
    expect(Number(Item.leaseCounter.N)).toBeGreaterThanOrEqual(counter);
  }
}, 60_000);

test("the command line keeps an emulator in a folder, and starts one with a snapshot", async () => {
  const folder = await newFolder();
  const args = ["emulator", "--port", "0", "--persist", join(folder, "kept")];
  const first = startShardline([...args, "--init", "orders:2", "--survives", "machine"]);
  const { kinesis: endpoint } = JSON.parse(await first.firstLine) as { kinesis: string };
  await shardline(["put", "orders", "--endpoint", endpoint], "one\ntwo\n");
  const taken = await fetch(`${endpoint}/_emu/snapshot`);
  const file = join(folder, "snapshot");
  await writeFile(file, new Uint8Array(await taken.arrayBuffer()));
  const inUse = await shardline([...args]);
  expect(inUse.stderr).toMatch(/^shardline: .*the folder is in use by process/);
  expect(inUse.code).toBe(1);
  first.stop("SIGKILL");
  await first.finished;

  for (const more of [[], ["--restore", file]]) {
    const next = startShardline([...(more.length === 0 ? args : args.slice(0, 3)), ...more]);
    const told = JSON.parse(await next.firstLine) as { kinesis: string };
    const from = ["--from", "trim-horizon", "--limit", "2", "--endpoint", told.kinesis];
    const { stdout } = await shardline(["tail", "orders", ...from]);
    expect(stdout).toContain("one");
    expect(stdout).toContain("two");
    next.stop();
    expect(await next.finished).toMatchObject({ code: 0, stderr: "" });
  }
});

test("the command line says what is wrong with a folder or a snapshot, and starts nothing", async () => {
  const folder = await newFolder();
  const file = join(folder, "log-0");
  await writeFile(file, "something else altogether, and long enough");
  const damaged = await shardline(["emulator", "--port", "0", "--persist", folder]);
  expect(damaged.stderr).toContain(`${file}, at byte 0: this is no file of the emulator`);
  expect(damaged).toMatchObject({ code: 1, stdout: "" });
  const noSnapshot = await shardline(["emulator", "--port", "0", "--restore", file]);
  expect(noSnapshot.stderr).toContain("the snapshot, at byte 0: this is no file of the emulator");
  expect(noSnapshot).toMatchObject({ code: 1, stdout: "" });
  const missing = await shardline(["emulator", "--port", "0", "--restore", "no/such/file"]);
  expect(missing.stderr).toMatch(/^shardline: cannot read no\/such\/file: ENOENT/);
});

test("with --watch-parent an emulator ends when its standard input does", async () => {
  const running = startShardline(["emulator", "--port", "0", "--watch-parent"], "");
  expect(await running.finished).toMatchObject({ code: 0, stderr: "" });
});

test("with --watch-parent an emulator ends when the process that started it was killed", async () => {
  const program = `
    import { spawn } from "node:child_process";
    const bin = ${JSON.stringify(join(import.meta.dirname, "../../packages/cli/bin/shardline.js"))};
    const args = [bin, "emulator", "--port", "0", "--watch-parent"];
    spawn(process.execPath, args, { stdio: ["ignore", "inherit", "inherit"] });
  `;
  const args = ["--no-warnings", "--input-type=module", "--eval", program];
  const parent = spawn(process.execPath, args);
  onTestFinished(() => void parent.kill("SIGKILL"));
  const [line] = (await once(parent.stdout, "data")) as [Buffer];
  const { pid } = JSON.parse(line.toString()) as { pid: number };
  onTestFinished(() => {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended, as it should.
    }
  });
  parent.kill("SIGKILL");
  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow("ESRCH"), { timeout: 10_000 });
});
