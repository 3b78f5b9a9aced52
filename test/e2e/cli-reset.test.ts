// shardline reset as an operator meets it: over a real lease table, with workers before and after.
import type { Batch } from "@shardline/consumer";
import { SHARD_END } from "@shardline/core";
import { expect, test } from "vitest";
import { shardIdOf } from "../../packages/consumer/test/support/leases.ts";
import { ANY_SIGNAL, APPLICATION, type Operated, operate, STREAM } from "../support/operated.ts";
import { shardline } from "../support/shardline.ts";

const [FIRST, SECOND, THIRD] = [0, 1, 2].map((index) => shardIdOf(index));
const HIGH = 1n << 127n;
/** Longer than the leases of the workers here last, for the sake of busy machines. */
const FAILOVER = ["--failover", "3"];

/** What workers have handled, in order. */
class Handled {
  readonly texts: string[] = [];

  readonly process = ({ records }: Batch): void => {
    for (const { data } of records) this.texts.push(Buffer.from(data).toString());
  };

  /** Runs a worker until it has handled so many in all. */
  async until(operated: Operated, count: number): Promise<void> {
    await using _ = operated.work(this.process);
    await expect.poll(() => this.texts.length).toBeGreaterThanOrEqual(count);
  }
}

function reset(operated: Operated, ...words: readonly string[]): ReturnType<typeof shardline> {
  return shardline(["reset", APPLICATION, ...operated.options, ...FAILOVER, ...words]);
}

async function checkpoints({ table }: Operated): Promise<Record<string, string>> {
  const { leases } = await table.list(ANY_SIGNAL);
  return Object.fromEntries(
    leases.map(({ checkpoint, shardId }) => [shardId, checkpoint.sequenceNumber]),
  );
}

/** Splits the only shard once a worker has read it, and lets the worker read the children. */
async function readAcrossSplit(operated: Operated, handled: Handled): Promise<void> {
  await operated.put("a");
  await operated.put("b", HIGH);
  await using _ = operated.work(handled.process);
  await expect.poll(() => handled.texts).toEqual(["a", "b"]);
  const split = { stream: STREAM, shardId: FIRST as string, newStartingHashKey: HIGH };
  await operated.kinesis.splitShard(split, ANY_SIGNAL);
  await expect.poll(async () => (await operated.shards()).length).toBe(3);
  await operated.put("c");
  await operated.put("d", HIGH);
  await expect.poll(() => handled.texts.toSorted()).toEqual(["a", "b", "c", "d"]);
}

test("after a reset to the trim horizon everything is read again, parents before children", async () => {
  await using operated = await operate(1);
  const handled = new Handled();
  await readAcrossSplit(operated, handled);
  const { code, stdout } = await reset(operated, "--to", "trim-horizon");
  expect(code).toBe(0);
  expect(stdout).toMatch(/^SHARD +OLD +NEW +OUTCOME\n/);
  for (const shardId of [FIRST, SECOND, THIRD]) {
    expect(stdout).toMatch(new RegExp(`^${shardId} +\\S+ +TRIM_HORIZON +written$`, "m"));
  }
  const again = new Handled();
  await again.until(operated, 4);
  expect(again.texts.slice(0, 2)).toEqual(["a", "b"]);
  expect(again.texts.slice(2).sort()).toEqual(["c", "d"]);
});

test("after a reset to the latest record what came before is left out, and nothing that comes after", async () => {
  await using operated = await operate();
  await operated.plant([0], [1]);
  await operated.put("old");
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect((await reset(operated, "--to", "latest")).code).toBe(0);
  expect(await checkpoints(operated)).toEqual({ [`${FIRST}`]: "LATEST", [`${SECOND}`]: "LATEST" });
  await operated.put("new");
  const handled = new Handled();
  await handled.until(operated, 1);
  expect(handled.texts).toEqual(["new"]);
});

test("after a reset to a time reading begins with the records of that time", async () => {
  await using operated = await operate(1);
  await operated.put("old");
  await new Promise((resolve) => setTimeout(resolve, 50));
  const time = new Date().toISOString();
  await operated.put("new");
  await operated.plant([0, { checkpoint: { sequenceNumber: "LATEST", subSequenceNumber: 0 } }]);
  const { code, stdout } = await reset(operated, "--to", time);
  expect(code).toBe(0);
  expect(stdout).toMatch(new RegExp(`LATEST +AT_TIMESTAMP ${time} +written`));
  const handled = new Handled();
  await handled.until(operated, 1);
  expect(handled.texts).toEqual(["new"]);
});

test("a reset is refused while workers live, and takes their leases if it is forced", async () => {
  await using operated = await operate(1);
  const handled = new Handled();
  await using _ = operated.work(handled.process);
  await operated.put("a");
  await expect.poll(() => handled.texts).toEqual(["a"]);
  const checkpoint = async () => (await checkpoints(operated))[FIRST as string];
  await expect.poll(checkpoint).toMatch(/^\d+$/);
  const before = await checkpoint();
  const refused = await reset(operated, "--to", "trim-horizon");
  expect([refused.code, refused.stdout]).toEqual([1, ""]);
  expect(refused.stderr).toMatch(
    /^shardline: nothing is reset: .+ is alive, and wrote to leases within 3 s; stop them first, or say --force\n$/,
  );
  const dry = await reset(operated, "--to", "trim-horizon", "--dry-run");
  expect([dry.code, dry.stderr]).toEqual([0, expect.stringMatching(/^it would be refused: /)]);
  expect(dry.stdout).toMatch(/TRIM_HORIZON +planned/);
  expect(await checkpoint()).toBe(before);

  const forced = await reset(operated, "--to", "trim-horizon", "--force");
  expect([forced.code, forced.stderr]).toEqual([0, ""]);
  await expect.poll(() => handled.texts).toEqual(["a", "a"]);
});

test("a reset writes nothing over what a worker writes meanwhile, and says so", async () => {
  await using operated = await operate(1);
  await operated.plant([0, { checkpoint: SHARD_END, owner: "gone" }]);
  operated.emulator.faults.add({
    effect: { kind: "latency", ms: 3_600_000 },
    match: { service: "dynamodb", operations: "UpdateItem" },
    times: 1,
  });
  const running = reset(operated, "--to", "trim-horizon");
  const isAsked = () =>
    operated.emulator.leaseTableRequests().some(({ operation }) => operation === "UpdateItem");
  await expect.poll(isAsked).toBe(true);
  await operated.beat(0, 5);
  operated.emulator.clock.advance(3_600_000);
  const { code, stderr, stdout } = await running;
  expect([code, stdout]).toEqual([1, expect.stringMatching(/TRIM_HORIZON +conflict/)]);
  expect(stderr).toMatch(/^a worker has written to leases meanwhile: stop all workers/);
  expect(await checkpoints(operated)).toEqual({ [`${FIRST}`]: "SHARD_END" });
});

test("a reset of one shard takes along what descends from it", async () => {
  await using operated = await operate(1);
  await readAcrossSplit(operated, new Handled());
  const child = await reset(
    operated,
    "--to",
    "trim-horizon",
    "--shard",
    SECOND as string,
    "--json",
  );
  expect(
    child.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as object),
  ).toEqual([
    {
      shardId: SECOND,
      old: { sequenceNumber: expect.stringMatching(/^\d+$/), subSequenceNumber: 0 },
      new: { sequenceNumber: "TRIM_HORIZON", subSequenceNumber: 0 },
      outcome: "written",
    },
  ]);
  const parent = await reset(operated, "--to", "trim-horizon", "--shard", FIRST as string);
  expect(parent.code).toBe(0);
  expect(Object.values(await checkpoints(operated))).toEqual(Array(3).fill("TRIM_HORIZON"));
});

const NO_TIME = (given: string): string =>
  "--to takes trim-horizon, latest or a timestamp with Z or an offset, such as 2026-11-21T08:00:00Z, " +
  `not ${given}`;

test.each([
  [["--to", "noon"], NO_TIME("noon")],
  // Whose noon? And 1 would be the year 2001.
  [["--to", "2026-11-21T12:00"], NO_TIME("2026-11-21T12:00")],
  [["--to", "1"], NO_TIME("1")],
  [["--to", "2999-01-01"], "--to takes a time that has passed, not 2999-01-01"],
  [[], "--to is missing"],
  [["--to", "latest", "--to", "latest"], "--to is given twice"],
])("reset %j is no command line", async (words, problem) => {
  await using operated = await operate(1);
  const { code, stderr } = await reset(operated, ...words);
  expect([code, stderr]).toEqual([2, `shardline: ${problem}; say "shardline reset --help"\n`]);
});

test("reset needs a stream, a table, a shard that is there, and items that can be read", async () => {
  await using operated = await operate(1);
  const { endpoint } = operated.emulator;
  const words = ["--endpoint", endpoint, "--to", "latest"];
  const streamless = await shardline(["reset", APPLICATION, ...words]);
  expect([streamless.code, streamless.stderr]).toEqual([
    2,
    expect.stringMatching(/--stream is missing/),
  ]);
  const tableless = await shardline(["reset", "biling", ...words, "--stream", STREAM.name]);
  expect([tableless.code, tableless.stderr]).toEqual([
    1,
    expect.stringMatching(/there is no lease table biling/),
  ]);
  const shardless = await reset(operated, "--to", "latest", "--shard", "shardId-7");
  expect([shardless.code, shardless.stderr]).toEqual([
    1,
    "shardline: nothing is reset: the stream has no shard shardId-7\n",
  ]);
  await operated.plantItem({ leaseKey: { S: FIRST as string } });
  const unreadable = await reset(operated, "--to", "latest");
  expect([unreadable.code, unreadable.stderr]).toEqual([
    1,
    `shardline: nothing is reset: ${FIRST} cannot be read; the doctor says what to do\n`,
  ]);
});

test("leases of another stream than the named one are not reset", async () => {
  await using operated = await operate(1);
  await operated.plant([0], [1]);
  const { code, stderr } = await reset(operated, "--to", "latest");
  expect([code, stderr]).toEqual([1, expect.stringMatching(/or to another one/)]);
});

test("leases of many streams are not reset, and it is said what to do instead", async () => {
  await using operated = await operate(1);
  const streamName = "123456789012:orders:5";
  await operated.plant([0, { key: `${streamName}:${FIRST}`, streamName }]);
  const { code, stderr } = await reset(operated, "--to", "latest");
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(
      /only a table of one stream can be reset; .* delete the leases that have/,
    ),
  ]);
});

test("leases of a stream that was created again are not reset", async () => {
  await using operated = await operate(1);
  await operated.plant([0, { streamEpoch: 5 }]);
  const { code, stderr } = await reset(operated, "--to", "latest");
  expect([code, stderr]).toEqual([1, expect.stringMatching(/was deleted and created again/)]);
});
