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
