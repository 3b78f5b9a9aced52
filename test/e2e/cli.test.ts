// The command line as a user meets it: right words, wrong words, and what other tools make of its records.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RunningEmulator, startEmulator } from "@shardline/emulator";
import { expect, onTestFinished, test, vi } from "vitest";
import { type Running, shardline, startShardline } from "../support/shardline.ts";

test("without a command the overview is shown and the exit code says that nothing was done", async () => {
  const { code, stdout } = await shardline([]);
  expect(code).toBe(2);
  for (const name of ["decode", "demo", "doctor", "emulator", "leases", "put", "reset", "tail"])
    expect(stdout).toContain(`  ${name}`);
});

test("--version tells the version", async () => {
  const { code, stdout } = await shardline(["--version"]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: "0.1.0\n" });
});

test("SHARDLINE_DEBUG shows where an error came from", async () => {
  vi.stubEnv("SHARDLINE_DEBUG", "1");
  onTestFinished(() => void vi.unstubAllEnvs());
  const { code, stderr } = await shardline(["demo", "--file", "/nonexistent"]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/cannot read \/nonexistent: ENOENT.*\n.*\n +at /s);
});

test.each(["decode", "demo", "doctor", "emulator", "leases", "put", "reset", "tail"])(
  "%s explains itself",
  async (name) => {
    const { code, stderr, stdout } = await shardline([name, "--help"]);
    expect(code).toBe(0);
    expect(stderr).toBe("");
    expect(stdout).toContain(`usage: shardline ${name}`);
    expect(stdout).toContain("--help");
  },
);

test.each([
  [["dance"], "no command is called dance"],
  [["put"], "STREAM is missing"],
  [["put", "orders", "more"], "unexpected word: more"],
  [["put", "orders", "--kye", "a"], "Unknown option '--kye'"],
  [["put", "orders", "--key"], "argument missing"],
  [["put", "or ders"], "or ders is neither a stream name nor a stream ARN"],
  [
    ["put", "orders", "--endpoint", "nowhere"],
    "--endpoint takes a URL of http or https, not nowhere",
  ],
  [["put", "orders", "--rate", "0"], "--rate takes a number from 0.01 to 10000000, not 0"],
  [["put", "orders", "--rate", "fast"], "--rate takes a number from 0.01 to 10000000, not fast"],
  [
    ["put", "orders", "--concurrency", "300"],
    "--concurrency takes a whole number from 1 to 256, not 300",
  ],
  [
    ["put", "orders", "--concurrency", "1.5"],
    "--concurrency takes a whole number from 1 to 256, not 1.5",
  ],
  [["put", "orders", "--ordering", "strict"], "--ordering takes partition-key or none, not strict"],
  [["put", "orders", "--no-aggregate=yes"], "Option '--no-aggregate' does not take an argument"],
  [["decode", "file"], "unexpected word: file"],
  [["decode", "--input", "octal"], "--input takes auto or raw or base64 or hex, not octal"],
  [["decode", "--data", "raw"], "--data takes text or base64 or hex, not raw"],
  [["put", "orders", "--endpoint", "ftp://127.0.0.1"], "--endpoint takes a URL of http or https"],
  [["tail", "orders", "--endpoint", "http://127.0.0.1:1", "--from", "yesterday"], "--from takes"],
  [
    ["tail", "orders", "--endpoint", "http://127.0.0.1:1", "--limit", "0"],
    "--limit takes a whole number of 1 or more, not 0",
  ],
  [
    ["tail", "orders", "--endpoint", "http://127.0.0.1:1", "--limit", "1.5"],
    "--limit takes a whole number of 1 or more, not 1.5",
  ],
  [["demo", "--shards", "2.5"], "--shards takes a whole number from 1 to 64, not 2.5"],
  [["emulator", "--seed", "1e300"], "--seed takes a whole number from 0 to"],
  [
    ["tail", "orders", "--fan-out", "a b"],
    '--fan-out takes the name of a stream consumer, 1 to 128 letters, digits, _, . or -, not "a b"',
  ],
  [["tail", "orders", "--fan-out", ""], "--fan-out takes the name of a stream consumer"],
  [["demo", "--read", "push"], "--read takes polling or fan-out or auto, not push"],
  [["demo", "--ordering", "key"], "--ordering takes shard or partition-key or none, not key"],
  [["demo", "--concurrency", "0"], "--concurrency takes a whole number from 1 to 1000, not 0"],
  [
    ["demo", "--concurrency", "8", "--ordering", "shard"],
    "--concurrency 8 needs --ordering partition-key or none: in the order of the shard there is one call at a time",
  ],
  [["demo", "--shards", "many"], "--shards takes a whole number from 1 to 64, not many"],
  [["demo", "--limits", "some"], "--limits takes aws or off, not some"],
  [["demo", "--workers", "0"], "--workers takes a whole number from 1 to 16, not 0"],
  [["emulator", "--port", "70000"], "--port takes a whole number from 0 to 65535, not 70000"],
  [["emulator", "--init", "orders"], "--init takes names and numbers of shards such as orders:4"],
  [["emulator", "--init", "orders:4,orders:2"], "--init names orders twice"],
  [["emulator", "--init", "orders:4", "--init", "clicks:8"], "--init is given twice"],
  [["emulator", "--init", "orders:0"], "streams.orders must be a whole number from 1 to 10000"],
  [["emulator", "--port", "1.5"], "--port takes a whole number from 0 to 65535, not 1.5"],
  [["emulator", "--limits", "--tls"], "Option '--limits' argument is ambiguous"],
  [["emulator", "--seed", "seven"], "--seed takes a whole number"],
  [["emulator", "--survives", "fire"], "--survives takes process or machine, not fire"],
  [["emulator", "--survives", "machine"], "--survives belongs to --persist"],
  [["emulator", "--persist", ""], "persist.folder must be the path of a folder"],
  [["emulator", "--restore"], "argument missing"],
  [["emulator", "--watch-parent=yes"], "Option '--watch-parent' does not take an argument"],
  [["emulator", "--limits", "some"], "--limits takes off or aws, not some"],
  [["emulator", "--when-full", "cry"], "--when-full takes refuse or drop-oldest, not cry"],
  [["emulator", "--max-snapshot-bytes", "1e6"], "--max-snapshot-bytes takes a whole number from"],
  [["emulator", "--max-bytes", "1"], "--max-bytes takes a whole number from 10485760"],
])("%j is refused in one line, with exit code 2", async (args, problem) => {
  const { code, stderr, stdout } = await shardline(args);
  expect(stderr).toContain(problem);
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(stdout).toBe("");
  expect(code).toBe(2);
});

test.each([
  ["put", "orders"],
  ["tail", "orders"],
])("%s %s says in one line that nobody listens at the endpoint", async (...args) => {
  // A port that was closed just now may be somebody else's by the time that the command calls it.
  const endpoint = "http://127.0.0.1:1";
  const { code, stderr } = await shardline([...args, "--endpoint", endpoint], "a line\n");
  expect(stderr).toMatch(/^shardline: .*ECONNREFUSED.*something listening/);
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(code).toBe(1);
});

test.each([
  ["put", "missing"],
  ["tail", "missing"],
])("%s %s says in one line that the stream does not exist", async (...args) => {
  await using emulator = await startEmulator({ streams: { orders: 1 } });
  const { endpoint } = emulator;
  const { code, stderr } = await shardline([...args, "--endpoint", endpoint], "a line\n");
  expect(stderr).toBe(
    "shardline: stream missing does not exist; create it, or check its name, region and account\n",
  );
  expect(code).toBe(1);
});

test("the demo says in one line that its file does not exist", async () => {
  const { code, stderr } = await shardline(["demo", "--file", "no/such/file"]);
  expect(stderr).toMatch(/^shardline: cannot read no\/such\/file: ENOENT/);
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(code).toBe(1);
});

test("an emulator on a port that is taken says so in one line", async () => {
  await using emulator = await startEmulator({ streams: {} });
  const { port } = emulator;
  const { code, stderr } = await shardline(["emulator", "--port", `${port}`]);
  expect(stderr).toMatch(/^shardline: .*EADDRINUSE/);
  expect(stderr.trim().split("\n")).toHaveLength(1);
  expect(code).toBe(1);
});

test("an emulator tells its endpoints in one line of JSON, serves, and ends cleanly on SIGTERM", async () => {
  const running = startShardline(["emulator", "--port", "0", "--init", "orders:2,clicks:1"]);
  const told = JSON.parse(await running.firstLine) as Record<string, string | number>;
  expect(told).toEqual({
    kinesis: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    dynamodb: told["kinesis"],
    region: "us-east-1",
    page: `${told["kinesis"]}/_emu/`,
    pid: running.pid,
  });
  const endpoint = told["kinesis"] as string;
  const page = await fetch(told["page"] as string, { headers: { connection: "close" } });
  expect(await page.text()).toContain("<title>Shardline emulator</title>");
  const put = await shardline(["put", "clicks", "--endpoint", endpoint, "--json"], "one\ntwo\n");
  expect(put.code).toBe(0);
  expect(JSON.parse(put.stdout)).toMatchObject({ put: 2, stored: 2, failed: 0 });
  running.stop();
  const { code, stderr, stdout } = await running.finished;
  expect({ code, stderr, lines: stdout.split("\n").length }).toEqual({
    code: 0,
    stderr: "",
    lines: 2,
  });
});

test("an emulator with --tls tells the certificate to trust, and speaks TLS and plain HTTP on one port", async () => {
  const running = startShardline(["emulator", "--port", "0", "--tls"]);
  const told = JSON.parse(await running.firstLine) as Record<"ca" | "https" | "kinesis", string>;
  expect(new URL(told.https).port).toBe(new URL(told.kinesis).port);
  const answered = await new Promise<IncomingMessage>((resolve, reject) => {
    get(`${told.https}/healthcheck`, { ca: told.ca, agent: false }, resolve).once("error", reject);
  });
  expect(answered.statusCode).toBe(200);
  answered.resume();
  expect((await fetch(`${told.kinesis}/healthcheck`)).status).toBe(200);
  running.stop();
  expect((await running.finished).code).toBe(0);
});

test("an emulator breaks what its file of faults says, and refuses a file that makes no sense", async () => {
  const folder = await mkdtemp(join(tmpdir(), "shardline-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const [good, bad] = [join(folder, "good.json"), join(folder, "bad.json")];
  const effect = { kind: "error", type: "ProvisionedThroughputExceededException" };
  await writeFile(
    good,
    JSON.stringify([{ effect, match: { operations: "PutRecords" }, times: 2 }]),
  );
  await writeFile(bad, JSON.stringify([{ effect: { kind: "latencie" } }]));

  const refused = await shardline(["emulator", "--port", "0", "--faults", bad]);
  expect(refused.stderr).toBe(
    `shardline: ${bad}: faults[0].effect.kind is "latencie"; did you mean latency?\n`,
  );
  expect(refused.code).toBe(1);
  const missing = await shardline(["emulator", "--port", "0", "--faults", "no/such/file"]);
  expect(missing.stderr).toMatch(/^shardline: cannot read no\/such\/file: ENOENT/);

  const running = startShardline(["emulator", "--port", "0", "--init", "s:1", "--faults", good]);
  const { kinesis } = JSON.parse(await running.firstLine) as { kinesis: string };
  const put = await shardline(["put", "s", "--endpoint", kinesis, "--json"], "one\n");
  expect(JSON.parse(put.stdout)).toMatchObject({ put: 1, stored: 1, failed: 0 });
  const listed = await fetch(`${kinesis}/_emu/faults`);
  expect(JSON.stringify(await listed.json())).toContain('"hits":2');
  running.stop();
  expect((await running.finished).code).toBe(0);
});

test("what put sends, tail shows: each line's bytes, keys, places", async () => {
  await using emulator = await startEmulator({ streams: { orders: 2 } });
  const { endpoint } = emulator;
  const lines = ["first", "", "third ☃", "fourth"];
  const odd = Buffer.from([0xff, 0x00, 0xfe]);
  const input = Buffer.concat([Buffer.from(`${lines.join("\n")}\n`), odd]);
  const put = await shardline(["put", "orders", "--key", "k", "--endpoint", endpoint], input);
  expect(put.stderr).toMatch(/^5 records stored in /);

  const args = ["tail", "orders", "--from", "trim-horizon", "--limit", "5", "--endpoint", endpoint];
  const { code, stdout } = await shardline(args);
  const records = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(code).toBe(0);
  expect(records.map(({ data }) => data)).toEqual([...lines, undefined]);
  expect(records[4]).toMatchObject({ dataBase64: odd.toString("base64"), partitionKey: "k" });
  expect(records.map(({ subSequenceNumber }) => subSequenceNumber)).toEqual([0, 1, 2, 3, 4]);
  expect(new Set(records.map(({ sequenceNumber }) => sequenceNumber)).size).toBe(1);

  const raw = await shardline([...args, "--raw"]);
  expect(raw.stdout.split("\n").slice(0, 4)).toEqual(lines);
});

test("tail follows: it shows what is put after it started", async () => {
  await using emulator = await startEmulator({ streams: { orders: 1 } });
  const { endpoint, kinesis } = emulator;
  const tail = startShardline(["tail", "orders", "--limit", "1", "--endpoint", endpoint]);
  const stream = { name: "orders" };
  const { signal } = new AbortController();
  let isOver = false;
  void tail.finished.then(() => {
    isOver = true;
  });
  while (!isOver) {
    await kinesis.putRecords(
      { stream, entries: [{ partitionKey: "k", data: Buffer.from("new") }] },
      signal,
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const { code, stdout } = await tail.finished;
  expect(JSON.parse(stdout)).toMatchObject({ data: "new", partitionKey: "k" });
  expect(code).toBe(0);
});

/** A tail that has shown a record. */
async function tailAtWork(emulator: RunningEmulator): Promise<Running> {
  const entry = { partitionKey: "k", data: Buffer.from("first") };
  const request = { stream: { name: "orders" }, entries: [entry] };
  await emulator.kinesis.putRecords(request, new AbortController().signal);
  const from = ["--from", "trim-horizon", "--endpoint", emulator.endpoint];
  const tail = startShardline(["tail", "orders", ...from]);
  expect(JSON.parse(await tail.firstLine)).toMatchObject({ data: "first" });
  return tail;
}

test("tail ends cleanly when it is told to stop", async () => {
  await using emulator = await startEmulator({ streams: { orders: 1 } });
  const tail = await tailAtWork(emulator);
  tail.stop("SIGINT");
  expect(await tail.finished).toMatchObject({ code: 0, stderr: "" });
});

test("tail says once that it cannot read, and goes on trying", async () => {
  const emulator = await startEmulator({ streams: { orders: 1 } });
  const tail = await tailAtWork(emulator);
  await emulator.close();
  await tail.said("trying again\n");
  tail.stop("SIGINT");
  const { code, stderr } = await tail.finished;
  expect(stderr).toMatch(
    /^shardline: (reading shardId-0{12}|listing shards) fails: .*; trying again\n$/,
  );
  expect(code).toBe(0);
});

test("tail ends without a word when its reader has seen enough", async () => {
  await using emulator = await startEmulator({ streams: { orders: 1 } });
  const tail = await tailAtWork(emulator);
  tail.hangUp();
  const more = { stream: { name: "orders" }, entries: [{ partitionKey: "k", data: Buffer.of(0) }] };
  await emulator.kinesis.putRecords(more, new AbortController().signal);
  expect(await tail.finished).toMatchObject({ code: 0, stderr: "" });
});
