// The examples of the producer's guides do what they say, against the emulator over a real socket.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { deaggregate } from "@shardline/aggregation";
import { startEmulator } from "@shardline/emulator";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { environmentOf, pointSdkAt } from "../support/point-sdk-at.ts";
import { startProgram } from "../support/run-program.ts";

const EXAMPLES = resolve(import.meta.dirname, "../../docs/examples");

beforeEach(() => {
  vi.spyOn(console, "log").mockImplementation(() => undefined);
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});

afterEach(() => {
  vi.restoreAllMocks();
});

type Emulator = Awaited<ReturnType<typeof startEmulator>>;

/** The data of every user record, shard by shard. */
function storedIn(emulator: Emulator): string[] {
  const stored = emulator.inspect("orders")?.shards.flatMap(({ records }) => records) ?? [];
  return stored.flatMap(({ data }) => {
    const content = deaggregate(data);
    const members = content.kind === "aggregate" ? content.records : [{ data }];
    return members.map((member) => Buffer.from(member.data).toString());
  });
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "shardline-examples-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

/** What a program finds behind its own name. */
function giveArguments(...args: readonly string[]): void {
  const { argv } = process;
  process.argv = [...argv.slice(0, 2), ...args];
  onTestFinished(() => {
    process.argv = argv;
  });
}

test("put-many.ts stores a thousand orders and tells of each", async () => {
  await using emulator = await startEmulator({ streams: { orders: 2 } });
  pointSdkAt(emulator);
  await import("../../docs/examples/put-many.ts");
  const ids = storedIn(emulator).map((data) => (JSON.parse(data) as { id: number }).id);
  expect(ids.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i + 1));
  const told = vi.mocked(console.log).mock.calls.map(([, , customer]) => customer as string);
  expect(told).toEqual(Array.from({ length: 1000 }, (_, i) => `customer-${(i + 1) % 50}`));
  expect(console.error).not.toHaveBeenCalled();
});

test("writable.ts stores the lines of a file, those of a customer in their order", async () => {
  await using emulator = await startEmulator({ streams: { orders: 2 } });
  pointSdkAt(emulator);
  const path = join(await temporaryFolder(), "orders.csv");
  const lines = Array.from({ length: 5000 }, (_, i) => `customer-${i % 7},${i}`);
  await writeFile(path, lines.join("\n"));
  giveArguments(path);
  await import("../../docs/examples/writable.ts");
  const stored = storedIn(emulator);
  for (let customer = 0; customer < 7; customer += 1) {
    const ofCustomer = (line: string): boolean => line.startsWith(`customer-${customer},`);
    expect(stored.filter(ofCustomer)).toEqual(lines.filter(ofCustomer));
  }
  expect(stored).toHaveLength(lines.length);
});

test("dead-letter.ts keeps what is not stored, with its code and its line", async () => {
  await using emulator = await startEmulator({ streams: { orders: 2 } });
  pointSdkAt(emulator);
  const folder = await temporaryFolder();
  const [orders, letters] = [join(folder, "orders.txt"), join(folder, "letters.jsonl")];
  const tooLarge = "x".repeat(1_048_576);
  await writeFile(orders, `tea\n${tooLarge}\ncups\n`);
  giveArguments(orders, letters);
  await import("../../docs/examples/dead-letter.ts");
  expect(storedIn(emulator).toSorted()).toEqual(["cups", "tea"]);
  const kept = (await readFile(letters, "utf8")).trim().split("\n");
  expect(kept.map((line) => JSON.parse(line) as unknown)).toEqual([
    expect.objectContaining({ code: "RECORD_TOO_LARGE", data: tooLarge, context: 1 }),
  ]);
});

test("from-kpl.ts puts with what a properties file of the KPL says, and tells what has no effect", async () => {
  await using emulator = await startEmulator({ streams: { orders: 2 } });
  pointSdkAt(emulator);
  const path = join(await temporaryFolder(), "kpl.properties");
  await writeFile(path, "AggregationEnabled = false\nTempDirectory = /tmp\nRecordTtl = 5000\n");
  giveArguments(path);
  await import("../../docs/examples/from-kpl.ts");
  expect(storedIn(emulator)).toEqual(["tea"]);
  expect(console.log).toHaveBeenCalledExactlyOnceWith(
    expect.stringMatching(/kpl\.properties:2: TempDirectory: there is no daemon/),
  );
});

test("lambda.ts has stored its orders when it returns, and throws where it has not", async () => {
  await using emulator = await startEmulator({ streams: { orders: 2 } });
  pointSdkAt(emulator);
  const { handler } = await import("../../docs/examples/lambda.ts");
  for (let invocation = 1; invocation <= 3; invocation += 1) {
    await handler(Array.from({ length: 40 }, (_, i) => ({ customer: `customer-${i}` })));
    expect(storedIn(emulator)).toHaveLength(invocation * 40);
  }
  const failed = handler([{ customer: "customer-1" }, { customer: "" }]);
  await expect(failed).rejects.toMatchObject({ errors: [{ code: "INVALID_RECORD" }] });
  expect(storedIn(emulator)).toHaveLength(121);
});

test("A-sigterm: shutdown.ts settles every record that it took, and ends by the signal", async () => {
  await using emulator = await startEmulator({ streams: { orders: 2 } });
  const match = { operations: "PutRecords" };
  emulator.faults.add({ match, effect: { kind: "latency", ms: 200 } });
  const throttle = { kind: "failRecords", fraction: 0.5, code: "InternalFailure" } as const;
  emulator.faults.add({ match, effect: throttle, forMs: 3000 });
  const program = startProgram(
    await readFile(`${EXAMPLES}/shutdown.ts`, "utf8"),
    environmentOf(emulator),
  );
  await expect.poll(() => storedIn(emulator).length).toBeGreaterThan(100);
  const storedBefore = storedIn(emulator).length;
  program.kill("SIGTERM");
  const { stdout, ...ended } = await program.ended;
  expect(ended).toEqual({ code: null, signal: "SIGTERM", stderr: "" });
  const [, stored] = /(\d+) stored, 0 not, 0 of them given up\n$/.exec(stdout) ?? [];
  expect(Number(stored)).toBe(storedIn(emulator).length);
  expect(Number(stored)).toBeGreaterThan(storedBefore);
});
