// The main job from end to end, over real sockets and processes.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { shardline, startShardline } from "../support/shardline.ts";

async function scratch(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "shardline-demo-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

test("every line of a file comes out, each key in its order, through a split, a merge and a kill", async () => {
  const folder = await scratch();
  const [file, out] = [join(folder, "lines"), join(folder, "out")];
  // Equal lines, an empty one, bytes that are not UTF-8, and keys of many records.
  const lines = Array.from({ length: 4000 }, (_, i) =>
    Buffer.from(i % 100 === 0 ? "" : `customer-${i % 37} order ${i % 500}`),
  );
  lines.push(Buffer.from([0xff, 0xfe, 0x20, 0x00, 0x80]));
  await writeFile(file, Buffer.concat(lines.flatMap((line) => [line, Buffer.from("\n")])));

  const words = ["demo", "--file", file, "--out", out, "--json", "--shards", "3", "--workers", "2"];
  const { code, stderr, stdout } = await shardline(words);
  const result = JSON.parse(stdout) as Record<string, number>;
  expect(result, stderr).toMatchObject({
    input: lines.length,
    put: lines.length,
    putFailed: 0,
    processedUnique: lines.length,
    lost: 0,
    outOfOrderPerKey: 0,
    shardsBefore: 3,
    shardsAfter: 3,
    shardsCreated: 3,
    workersKilled: 1,
  });
  expect(result["killedHeldLeases"]).toBeGreaterThan(0);
  expect(result["recordsAfterKill"]).toBeGreaterThan(lines.length / 5);
  expect(result["duplicates"]).toBeLessThanOrEqual(result["duplicatesAllowed"] as number);
  expect(result["kinesisRecords"]).toBeLessThan(lines.length / 2);
  expect(result["putSeconds"]).toBeGreaterThanOrEqual(20);
  expect(stderr).toContain("every record arrived, each key in its order");
  expect(code).toBe(0);
  expect(sorted(await readFile(out))).toEqual(sorted(await readFile(file)));
}, 120_000);

test.each(["halt", "skip", "dead-letter"])(
  "handlers that fail: with %s everything else comes out, and nothing is given up unasked",
  async (onFailure) => {
    const folder = await scratch();
    const [file, out] = [join(folder, "lines"), join(folder, "out")];
    const lines = Array.from({ length: 2000 }, (_, i) => `customer-${i % 37} order ${i}`);
    await writeFile(file, `${lines.join("\n")}\n`);
    const failing = ["--fail-every", "90", "--on-failure", onFailure];
    const words = ["demo", "--file", file, "--out", out, "--json", ...failing];
    const { code, stderr, stdout } = await shardline(words);
    const result = JSON.parse(stdout) as Record<string, number>;
    const givenUp = onFailure === "halt" ? 0 : 22;
    expect(result, stderr).toMatchObject({
      onFailure,
      givenUp,
      failing: 22,
      lost: 0,
      outOfOrderPerKey: 0,
      processedUnique: 2000 - givenUp,
      failures: [],
    });
    expect(result["halts"] ?? 0).toBeGreaterThanOrEqual(onFailure === "halt" ? 1 : 0);
    expect([code, stderr]).toEqual([0, expect.stringContaining("every record arrived")]);
    const wanted = lines.filter((_, i) => onFailure === "halt" || (i + 1) % 90 !== 0);
    expect(sorted(await readFile(out))).toEqual(["", ...wanted].toSorted());
  },
  120_000,
);

test.each([
  ["partition-key", "halt", "each key in its order"],
  ["none", "skip", "in whatever order"],
])(
  "by subscriptions and side by side, ordering %s and handlers that fail: with %s nothing else is missing",
  async (ordering, onFailure, words) => {
    const folder = await scratch();
    const file = join(folder, "lines");
    const lines = Array.from({ length: 4000 }, (_, i) => `customer-${i % 37} order ${i}`);
    await writeFile(file, `${lines.join("\n")}\n`);
    const failing = ["--fail-every", "90", "--on-failure", onFailure];
    const handling = ["--read", "fan-out", "--concurrency", "8", "--ordering", ordering];
    const demo = ["demo", "--file", file, "--json", ...failing, ...handling];
    const { code, stderr, stdout } = await shardline(demo);
    const result = JSON.parse(stdout) as Record<string, number>;
    const givenUp = onFailure === "halt" ? 0 : 44;
    expect(result, stderr).toMatchObject({
      read: "fan-out",
      concurrency: 8,
      ordering,
      givenUp,
      lost: 0,
      processedUnique: 4000 - givenUp,
      failures: [],
    });
    expect(result["deliveredByFanOut"]).toBeGreaterThan(0);
    expect(result["duplicates"]).toBeLessThanOrEqual(result["duplicatesAllowed"] as number);
    expect([code, stderr]).toEqual([0, expect.stringContaining(`every record arrived, ${words}`)]);
  },
  120_000,
);

test("a demo whose leases are to be kept where nothing listens, or nowhere, says so and starts nothing", async () => {
  const [silent, odd] = await Promise.all([
    shardline(["demo", "--dynamodb-endpoint", "http://127.0.0.1:1"]),
    shardline(["demo", "--dynamodb-endpoint", "127.0.0.1:8000"]),
  ]);
  expect(silent).toMatchObject({
    code: 1,
    stderr: expect.stringContaining(
      "cannot keep leases at http://127.0.0.1:1: DescribeTable failed",
    ),
  });
  expect(odd).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("--dynamodb-endpoint takes a URL of http or https"),
  });
});

test("a demo that fails needs to know how often, and in a way that is known", async () => {
  const [alone, odd] = await Promise.all([
    shardline(["demo", "--on-failure", "skip"]),
    shardline(["demo", "--fail-every", "9", "--on-failure", "shrug"]),
  ]);
  expect([alone.code, alone.stderr]).toEqual([
    2,
    expect.stringMatching(/--on-failure needs --fail-every; /),
  ]);
  expect([odd.code, odd.stderr]).toEqual([
    2,
    expect.stringMatching(/--on-failure takes halt or skip or dead-letter, not shrug/),
  ]);
});

test("with --open-page there is a page to look at, also when all is done, until Ctrl-C", async () => {
  const file = join(await scratch(), "lines");
  await writeFile(
    file,
    Array.from({ length: 2000 }, (_, i) => `customer-${i % 37} ${i}\n`).join(""),
  );
  const demo = startShardline(["demo", "--open-page", "--file", file, "--json"]);
  await demo.said("/_emu/");
  const page = demo.found(/http:\/\/127\.0\.0\.1:\d+\/_emu\//) ?? "";
  const status = async (): Promise<number> =>
    (await fetch(page, { headers: { connection: "close" } })).status;
  expect(await status()).toBe(200);
  await demo.said("records flow for about 24 s from now");
  expect(JSON.parse(await demo.firstLine)).toMatchObject({ input: 2000, lost: 0 });
  await demo.said("stays until Ctrl-C");
  expect(await status()).toBe(200);
  // Somebody who looks does not keep it from ending.
  const looking = fetch(`${page}events`).then((answer) => answer.text());
  expect(await status()).toBe(200);
  demo.stop("SIGINT");
  const { code, stderr } = await demo.finished;
  expect([code, stderr]).toEqual([0, expect.stringContaining("every record arrived")]);
  await looking.catch(() => undefined);
  await expect(status()).rejects.toThrow("fetch failed");
}, 120_000);

test("Ctrl-C ends the demo and its workers at once", async () => {
  const demo = startShardline(["demo"]);
  // By then workers are at work.
  await demo.said("split");
  demo.stop("SIGINT");
  const { code, stderr, stdout } = await demo.finished;
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr.trim().split("\n").at(-1)).toBe("shardline: stopped by SIGINT");
});

function sorted(file: Buffer): string[] {
  return file.toString("latin1").split("\n").sort();
}
