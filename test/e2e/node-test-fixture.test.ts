// What the guide to testing shows for node:test, as a process of its own.
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { startProgram } from "../support/run-program.ts";

const EXAMPLE = resolve(import.meta.dirname, "../../docs/examples/orders-node-test.ts");

test("the example passes, and its process ends because the emulator is closed", async () => {
  const { code, stdout, stderr } = await startProgram(await readFile(EXAMPLE, "utf8"), {}).ended;
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/pass 1$/m);
  expect(stdout).toMatch(/fail 0$/m);
});

test("an emulator is closed after its test, also after one that fails", async () => {
  const program = `
    import { test } from "node:test";
    import { emulatorFor } from "@shardline/emulator/node-test";
    let first;
    test("fails", async (context) => {
      first = await emulatorFor(context);
      await fetch(first.endpoint + "/healthcheck");
      throw new Error("as it must");
    });
    test("comes next", async (context) => {
      const second = await emulatorFor(context, { streams: { orders: 1 } });
      const gone = await fetch(first.endpoint + "/healthcheck").catch(() => "gone");
      console.log("first is " + gone + ", second is " + (await fetch(second.endpoint + "/healthcheck")).status);
    });
  `;
  const { code, stdout } = await startProgram(program, {}).ended;
  expect([code, stdout]).toEqual([1, expect.stringContaining("first is gone, second is 200")]);
});

test("what a hook of the test closes still reaches the emulator, also when the test fails or takes too long", async () => {
  const program = `
    import { test } from "node:test";
    import { setTimeout as sleep } from "node:timers/promises";
    import { createProducer } from "@shardline/producer";
    import { emulatorFor } from "@shardline/emulator/node-test";
    async function putAndEndLate(context) {
      const emulator = await emulatorFor(context, { streams: { orders: 1 } });
      const kinesis = emulator.clientConfig("kinesis");
      const producer = createProducer({ stream: "orders", kinesis, batch: { maxDelayMs: 300 } });
      const put = producer.put({ partitionKey: "k", data: "tea" }).then(() => "stored", ({ code }) => code);
      context.after(async () => {
        await sleep(20);
        await producer.close();
        console.log(context.name, "is", await put);
      });
      return emulator;
    }
    let first;
    test("passes", async (context) => { first = await putAndEndLate(context); });
    test("fails", async (context) => { await putAndEndLate(context); throw new Error("as it must"); });
    test("takes too long", { timeout: 400 }, async (context) => { await putAndEndLate(context); await sleep(1000); });
    test("has a subtest", async (context) => {
      await putAndEndLate(context);
      await context.test("that has one too", async (inner) => { await putAndEndLate(inner); });
      console.log("first is", await fetch(first.endpoint + "/healthcheck").catch(() => "gone"));
    });
    test("has a hook that throws", async (context) => {
      await emulatorFor(context);
      context.after(() => { throw new Error("as it must"); });
    });
  `;
  const { code, stdout } = await startProgram(program, {}).ended;
  expect(code).toBe(1);
  for (const name of ["passes", "fails", "takes too long", "has a subtest", "that has one too"]) {
    expect(stdout).toContain(`${name} is stored`);
  }
  expect(stdout).toContain("first is gone");
});

test("no hook that throws leaves an emulator open, whenever it was registered, also where the test takes too long", async () => {
  const program = `
    import { test } from "node:test";
    import { setTimeout as sleep } from "node:timers/promises";
    import { emulatorFor } from "@shardline/emulator/node-test";
    const hurt = (context) => context.after(() => { throw new Error("as it must"); });
    for (const takesMs of [0, 400]) {
      test("before, " + takesMs, { timeout: 200 }, async (context) => {
        hurt(context);
        await emulatorFor(context);
        await sleep(takesMs);
      });
      test("behind, " + takesMs, { timeout: 200 }, async (context) => {
        await emulatorFor(context);
        hurt(context);
        await sleep(takesMs);
      });
    }
    test("over before it has started", { timeout: 1 }, (context) => emulatorFor(context, { tls: true }));
    process.on("exit", () => console.log("nothing is open"));
  `;
  const { code, stdout } = await startProgram(program, {}).ended;
  expect([code, stdout]).toEqual([1, expect.stringContaining("nothing is open")]);
}, 30_000);

test("tests of a suite have one each by beforeEach; before is told to start one itself, and nothing stays open", async () => {
  const program = `
    import { before, beforeEach, describe, test } from "node:test";
    import { emulatorFor } from "@shardline/emulator/node-test";
    describe("each", () => {
      const ports = [];
      beforeEach(async (context) => ports.push((await emulatorFor(context)).port));
      test("one", () => undefined);
      test("two", async () => {
        const [first, second] = ports;
        const reach = (port) => fetch("http://127.0.0.1:" + port + "/healthcheck").then(({ status }) => status, () => "gone");
        console.log("first is", await reach(first), "and second is", await reach(second));
      });
    });
    describe("all", () => {
      before((context) => emulatorFor(context));
      test("is not run", () => undefined);
    });
  `;
  const { code, stdout } = await startProgram(program, {}).ended;
  expect(code).toBe(1);
  expect(stdout).toContain("first is gone and second is 200");
  expect(stdout).toContain("emulatorFor takes the context of a test");
});
