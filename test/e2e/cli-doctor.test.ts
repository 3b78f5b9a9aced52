// shardline doctor as an operator meets it: over a real lease table, and beside a worker at work.
import { expect, test } from "vitest";
import { shardIdOf } from "../../packages/consumer/test/support/leases.ts";
import { ANY_SIGNAL, APPLICATION, operate } from "../support/operated.ts";
import { shardline } from "../support/shardline.ts";

const FAILOVER = ["--failover", "1"];

test("doctor finds nothing wrong with a worker at work, and a shard that it has halted", async () => {
  await using operated = await operate();
  let isBroken = false;
  await using worker = operated.work(() => {
    if (isBroken) throw new Error("broken");
  });
  const leases = async () => (await operated.table.list(ANY_SIGNAL)).leases;
  await expect.poll(async () => (await leases()).filter(({ owner }) => owner).length).toBe(2);
  // Longer than leases last, for the sake of busy machines.
  const args = ["doctor", APPLICATION, "--failover", "3", ...operated.options];
  expect(await shardline(args)).toEqual({
    code: 0,
    stdout: "2 leases looked at, nothing is wrong\n",
    stderr: "",
  });

  isBroken = true;
  await operated.put("x");
  await worker.halted;
  await expect.poll(async () => (await leases()).some(({ haltedAt }) => haltedAt)).toBe(true);
  const { code, stdout } = await shardline(args);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^shard halted\n {2}what {2}shardId-000000000000 is halted at record \d/);
  expect(stdout).toContain("consumer.retryShard(shardId)");

  const seen = await shardline(["leases", APPLICATION, ...operated.options]);
  expect(seen.stdout).toMatch(/shardId-000000000000 .* halted at \.\.\d+/);
});

test("doctor tells what, why and what to do, and exits with 1", async () => {
  await using operated = await operate();
  await operated.plant([0, { owner: "a" }]);
  const { code, stdout } = await shardline([
    "doctor",
    APPLICATION,
    ...FAILOVER,
    ...operated.options,
  ]);
  expect(code).toBe(1);
  const [stale, hole] = stdout.trimEnd().split("\n\n");
  expect(stale?.split("\n").map((line) => line.slice(0, 7).trimEnd())).toEqual([
    "stale o",
    "  what",
    "  why",
    "  do",
  ]);
  expect(hole).toMatch(/^hash range hole\n {2}what {2}no lease covers the hash keys/);
});

test("doctor --json prints an object a finding, and a notice is not wrong", async () => {
  await using operated = await operate();
  const args = ["doctor", APPLICATION, "--endpoint", operated.emulator.endpoint];
  const empty = await shardline([...args, "--json"]);
  expect([empty.code, JSON.parse(empty.stdout)]).toMatchObject([
    0,
    { kind: "no-leases", severity: "notice" },
  ]);
  await operated.plantItem({ leaseKey: { S: shardIdOf(0) } });
  const broken = await shardline([...args, "--json"]);
  expect([broken.code, JSON.parse(broken.stdout)]).toMatchObject([
    1,
    { kind: "unreadable-item", what: expect.stringMatching(/leaseCounter is missing/) },
  ]);
  const { stderr } = await shardline(args);
  expect(stderr).toBe("not looked at: the shards of the stream; name it with --stream\n");
});

test("doctor needs a lease table, and a failover time that can be", async () => {
  await using operated = await operate();
  const missing = await shardline(["doctor", "biling", ...operated.options]);
  expect([missing.code, missing.stderr]).toEqual([
    1,
    expect.stringMatching(/^shardline: there is no lease table biling; /),
  ]);
  const wrong = await shardline(["doctor", APPLICATION, "--failover", "0", ...operated.options]);
  expect([wrong.code, wrong.stderr]).toEqual([
    2,
    expect.stringMatching(/--failover takes a number from 1 to 600, not 0/),
  ]);
});
