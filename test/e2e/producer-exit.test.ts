// What a producer leaves behind in a real process: nothing that keeps it from ending by itself.
import { startEmulator } from "@shardline/emulator";
import { expect, test } from "vitest";
import { environmentOf } from "../support/point-sdk-at.ts";
import { startProgram } from "../support/run-program.ts";

const PUT_A_FEW = `
  import { createProducer } from "@shardline/producer";
  const producer = createProducer({ stream: "orders" });
  const put = (data) => producer.put({ partitionKey: "k", data });
  const tell = (what) => console.log(JSON.stringify(what));
`;

test("a process with an idle producer that nobody closed ends by itself", async () => {
  await using emulator = await startEmulator({ streams: { orders: 2 } });
  const program = `${PUT_A_FEW} await put("tea"); tell(producer.stats());`;
  const ended = await startProgram(program, environmentOf(emulator)).ended;
  expect(ended).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(ended.stdout)).toMatchObject({ outstandingRecords: 0, inFlightCalls: 0 });
});

test("a process does not end while a producer has records outstanding", async () => {
  await using emulator = await startEmulator({ streams: { orders: 2 } });
  const program = `${PUT_A_FEW} producer.write({ partitionKey: "k", data: "tea" });`;
  expect(await startProgram(program, environmentOf(emulator)).ended).toMatchObject({ code: 0 });
  const stored = emulator.inspect("orders")?.shards.flatMap(({ records }) => records) ?? [];
  expect(stored.map(({ data }) => Buffer.from(data).toString())).toEqual(["tea"]);
});

test("A-close: closed while throttled, a process has every put settled, the rest in hand, and ends by itself", async () => {
  await using emulator = await startEmulator({ streams: { orders: 2 } });
  const throttle = { kind: "throttle" } as const;
  emulator.faults.add({ match: { operations: "PutRecords" }, effect: throttle });
  const program = `${PUT_A_FEW}
    const puts = Array.from({ length: 500 }, (_, i) => put(String(i)));
    const settled = Promise.allSettled(puts);
    setTimeout(async () => {
      const { abandoned, failed, stored } = await producer.close({ timeoutMs: 500 });
      const codes = (await settled).map(({ reason }) => reason?.code);
      tell({ stored, failed, abandoned: abandoned.map(({ data }) => Buffer.from(data).toString()), codes });
    }, 300);`;
  const ended = await startProgram(program, environmentOf(emulator)).ended;
  expect(ended).toMatchObject({ code: 0, signal: null });
  // The logger speaks too, before it and after.
  const said = ended.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as object);
  const told = said.find((each) => "abandoned" in each && "codes" in each) as {
    abandoned: string[];
    codes: string[];
  };
  expect(told).toMatchObject({ stored: 0, failed: 500 });
  expect(told.abandoned).toEqual(Array.from({ length: 500 }, (_, i) => String(i)));
  expect(new Set(told.codes)).toEqual(new Set(["PRODUCER_CLOSED"]));
  expect(told.codes).toHaveLength(500);
});
