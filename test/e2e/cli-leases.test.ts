// shardline leases as an operator meets it, over a real lease table.
import type { LeaseMove } from "@shardline/consumer";
import { startEmulator } from "@shardline/emulator";
import { expect, test } from "vitest";
import { positionOf } from "../../packages/consumer/test/support/leases.ts";
import { ANY_SIGNAL, APPLICATION, operate, STREAM } from "../support/operated.ts";
import { shardline, startShardline } from "../support/shardline.ts";

const [FIRST, SECOND] = ["shardId-000000000000", "shardId-000000000001"];

test("leases shows one line a shard, in the order of hash keys, with owner, position and lag", async () => {
  await using operated = await operate();
  const sequenceNumber = await operated.put("x");
  await operated.plant(
    [1, { wantedBy: "b", owner: "a" }],
    [0, { owner: "a", checkpoint: positionOf(sequenceNumber) }],
  );
  const { code, stderr, stdout } = await shardline(["leases", APPLICATION, ...operated.options]);
  expect([code, stderr]).toEqual([0, ""]);
  const [header, first, second, ...rest] = stdout.trimEnd().split("\n");
  expect(header).toMatch(/^SHARD +OWNER +CHECKPOINT +LAG +UNCHANGED +NOTES$/);
  expect(first).toMatch(/^shardId-000000000000 +a +\.\.\d{12} +0\.0 s +-$/);
  expect(second).toMatch(/^shardId-000000000001 +a +TRIM_HORIZON +0\.0 s +- +wanted by b$/);
  expect(rest).toEqual([]);
});

test("leases of more shards than Node lets listen to one signal are shown without a warning", async () => {
  await using operated = await operate(16);
  await operated.plant(...Array.from({ length: 16 }, (_, i) => [i] as const));
  const { code, stderr, stdout } = await shardline(["leases", APPLICATION, ...operated.options]);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout.trimEnd().split("\n")).toHaveLength(17);
});

test("leases of two streams of one name tells them apart: the lag of another stream is none", async () => {
  await using operated = await operate(1);
  const summary = await operated.kinesis.describeStreamSummary({ stream: STREAM }, ANY_SIGNAL);
  const epoch = Math.floor(summary.createdAtMs / 1000);
  const account = summary.arn.split(":")[4];
  const [here, abroad] = [`${account}:orders:${epoch}`, `999999999999:orders:${epoch}`];
  for (const streamName of [here, abroad]) {
    await operated.plant([0, { key: `${streamName}:${FIRST}`, streamName }]);
  }
  const args = ["leases", APPLICATION, "--endpoint", operated.emulator.endpoint];
  const { stdout } = await shardline(args);
  expect(stdout).toMatch(new RegExp(`${here}:${FIRST} +- +TRIM_HORIZON +0\\.0 s`));
  expect(stdout).toMatch(new RegExp(`${abroad}:${FIRST} +- +TRIM_HORIZON +unknown`));
  expect(stdout).toContain(
    `lag unknown: ${abroad} is of another account than the stream of that name here, which is ${here}; look with the credentials of ${abroad}`,
  );
});

test("leases says why a lag is unknown, and what of the table is no lease", async () => {
  await using operated = await operate();
  await operated.plant([0]);
  await operated.plantItem({ leaseKey: { S: "broken" }, leaseCounter: { S: "x" } });
  await operated.plantItem({ leaseKey: { S: "Leader" }, entityType: { S: "LEADER" } });
  const args = ["leases", APPLICATION, "--endpoint", operated.emulator.endpoint];
  const { code, stdout } = await shardline(args);
  expect(code).toBe(0);
  expect(stdout).toMatch(/shardId-000000000000 +- +TRIM_HORIZON +unknown/);
  expect(stdout).toContain("lag unknown: the lease table does not say which stream this is");
  expect(stdout).toContain("broken cannot be read: leaseCounter is not a whole number");
  expect(stdout).toContain("Leader is no lease but a LEADER");
});

test("leases --json prints an object a lease", async () => {
  await using operated = await operate();
  await operated.plant([0, { owner: "a", epoch: 3 }], [1]);
  const { stdout } = await shardline(["leases", APPLICATION, "--json", ...operated.options]);
  const [first, second] = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as object);
  expect(first).toMatchObject({
    shardId: FIRST,
    owner: "a",
    epoch: 3,
    lagMs: 0,
    unchangedMs: null,
  });
  expect(second).toMatchObject({ shardId: SECOND, hashKeyRange: { end: expect.any(String) } });
});

test("leases --watch looks again, and tells whose counter stands still", async () => {
  await using operated = await operate();
  await operated.plant([0, { owner: "a" }], [1, { owner: "b" }]);
  const args = ["leases", APPLICATION, "--watch", "--json", ...operated.options];
  const running = startShardline(args);
  await running.firstLine;
  const beat: LeaseMove = { expect: {}, patch: { counter: 1 } };
  await operated.table.update(FIRST as string, beat, ANY_SIGNAL);
  const scans = () =>
    operated.emulator.leaseTableRequests().filter(({ operation }) => operation === "Scan").length;
  const looked = scans();
  await expect.poll(scans).toBeGreaterThanOrEqual(looked + 2);
  running.stop("SIGINT");
  const { code, stdout } = await running.finished;
  expect(code).toBe(0);
  const lines = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Looked);
  const [moved, still] = lines.slice(lines.findIndex(({ counter }) => counter === 1));
  expect(moved).toMatchObject({ shardId: FIRST, counter: 1, unchangedMs: 0 });
  expect(still?.unchangedMs).toBeGreaterThan(1900);
});

interface Looked {
  readonly shardId: string;
  readonly counter: number;
  readonly unchangedMs: number;
}

test("leases of nobody are told as such, and a table that is not there is an error", async () => {
  await using operated = await operate();
  const { code, stdout } = await shardline(["leases", APPLICATION, ...operated.options]);
  expect([code, stdout]).toEqual([0, "no leases: no worker has started yet\n"]);
  const wrong = await shardline(["leases", "biling", ...operated.options]);
  expect(wrong.code).toBe(1);
  expect(wrong.stderr).toMatch(/^shardline: there is no lease table biling; check the name/);
});

test("leases refuses a stream that is not there, and an endpoint that is none", async () => {
  await using emulator = await startEmulator();
  const words = ["leases", APPLICATION, "--endpoint", emulator.endpoint];
  const missing = await shardline([...words, "--stream", "nowhere"]);
  expect([missing.code, missing.stderr]).toEqual([
    1,
    expect.stringMatching(/stream nowhere does not exist/),
  ]);
  const wrong = await shardline([...words, "--dynamodb-endpoint", "here"]);
  expect([wrong.code, wrong.stderr]).toEqual([
    2,
    expect.stringMatching(/--dynamodb-endpoint takes a URL of http or https, not here/),
  ]);
});
