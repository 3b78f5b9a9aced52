// The emulator's own addresses, by which rules come from another process.
import { startEmulator } from "@shardline/emulator";
import fc from "fast-check";
import { expect, test } from "vitest";
import { exchange, type RawAnswer, requestOf } from "../support/raw-http.ts";

const JSON_TYPE = { "content-type": "application/json" };

async function ask(
  url: string,
  method: string,
  body?: unknown,
  headers: object = JSON_TYPE,
): Promise<{ status: number; json: unknown }> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const answer = await fetch(url, {
    method,
    headers: { ...headers, connection: "close" },
    ...(body === undefined ? {} : { body: text }),
  });
  expect(answer.headers.get("content-type")).toBe("application/json");
  return { status: answer.status, json: await answer.json() };
}

function callList(
  port: number,
  headers: Readonly<Record<string, string>> = {},
): Promise<RawAnswer> {
  return exchange(port, requestOf("ListStreams", "{}", { connection: "close", ...headers }));
}

test("a rule that was posted works, is listed with its hits, and can be deleted", async () => {
  await using emulator = await startEmulator();
  const faults = `${emulator.endpoint}/_emu/faults`;
  const posted = await ask(faults, "POST", { effect: { kind: "unavailable" } });
  expect(posted).toMatchObject({
    status: 201,
    json: { faults: [{ id: "fault-1", hits: 0, state: "live" }] },
  });
  expect((await callList(emulator.port)).status).toBe(503);
  const listed = { id: "fault-1", hits: 1, rule: { effect: { kind: "unavailable" } } };
  expect(await ask(`${faults}/fault-1`, "GET")).toMatchObject({ status: 200, json: listed });
  expect(await ask(faults, "GET")).toMatchObject({ status: 200, json: { faults: [listed] } });
  expect(emulator.faults.list()).toMatchObject([listed]);
  expect(await ask(`${emulator.endpoint}/_emu/log`, "GET")).toMatchObject({
    status: 200,
    json: { log: [{ ruleId: "fault-1", effect: "unavailable", operation: "ListStreams" }] },
  });
  expect(await ask(`${faults}/fault-1`, "DELETE")).toEqual({ status: 200, json: { removed: 1 } });
  expect((await callList(emulator.port)).status).toBe(200);
});

test("lists of rules are posted as a whole, and deleted as a whole", async () => {
  await using emulator = await startEmulator();
  const faults = `${emulator.endpoint}/_emu/faults`;
  const rule = { effect: { kind: "hang" } };
  expect(await ask(faults, "POST", { faults: [rule, rule] })).toMatchObject({ status: 201 });
  expect(await ask(faults, "POST", [rule, { effect: { kind: "hnag" } }])).toEqual({
    status: 400,
    json: {
      code: "INVALID_OPTIONS",
      message: 'the fault rules were refused: faults[1].effect.kind is "hnag"; did you mean hang?',
      problems: ['faults[1].effect.kind is "hnag"; did you mean hang?'],
    },
  });
  expect(emulator.faults.list()).toHaveLength(2);
  expect(await ask(faults, "DELETE")).toEqual({ status: 200, json: { removed: 2 } });
});

test.each([
  ["an unknown address", "/_emu/nothing", "GET", undefined, 404],
  ["an unknown rule", "/_emu/faults/fault-9", "GET", undefined, 404],
  ["an unknown rule to delete", "/_emu/faults/fault-9", "DELETE", undefined, 404],
  ["a wrong method", "/_emu/faults", "PUT", "{}", 405],
  ["a wrong method for a rule", "/_emu/faults/fault-1", "POST", "{}", 405],
  ["a wrong method for the log", "/_emu/log", "DELETE", undefined, 405],
  ["text that is not JSON", "/_emu/faults", "POST", "{", 400],
  ["no body", "/_emu/faults", "POST", undefined, 400],
])("%s is answered with its reason, in JSON", async (_, path, method, body, status) => {
  await using emulator = await startEmulator();
  const answer = await ask(`${emulator.endpoint}${path}`, method, body);
  expect(answer).toMatchObject({
    status,
    json: { code: expect.any(String), message: expect.any(String) },
  });
});

test("rules of another content type are refused, so that no web page can add them in passing", async () => {
  await using emulator = await startEmulator();
  const rule = { effect: { kind: "hang" } };
  const answer = await ask(`${emulator.endpoint}/_emu/faults`, "POST", rule, {
    "content-type": "text/plain",
  });
  expect(answer.status).toBe(415);
  expect(emulator.faults.list()).toEqual([]);
});

test("a request can ask for its own fault, which comes in place of the rules", async () => {
  await using emulator = await startEmulator({ faults: [{ effect: { kind: "unavailable" } }] });
  const effect = JSON.stringify({ kind: "error", type: "Teapot", status: 418, message: "short" });
  const answer = await callList(emulator.port, { "x-emu-fault": effect });
  expect([answer.status, JSON.parse(answer.body)]).toEqual([
    418,
    { __type: "Teapot", message: "short" },
  ]);
  expect(emulator.faults.log()).toMatchObject([{ ruleId: "x-emu-fault", effect: "error" }]);
  expect((await callList(emulator.port)).status).toBe(503);
});

test("a request that asks for a fault that makes no sense is told so", async () => {
  await using emulator = await startEmulator();
  for (const [asked, problem] of [
    ["{", 'effect must be an effect, such as { kind: "hang" }, got "{"'],
    ['{"kind":"rest"}', 'kind is "rest"; did you mean reset?'],
    ['{"kind":"sparseReads"}', "sparseReads cannot happen to ListStreams"],
  ] as const) {
    const answer = await callList(emulator.port, { "x-emu-fault": asked });
    expect([answer.status, (JSON.parse(answer.body) as { problems: unknown }).problems]).toEqual([
      400,
      [problem],
    ]);
  }
});

test("whatever is posted, the answer is JSON and the next call is served", async () => {
  await using emulator = await startEmulator();
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.json(), fc.string()), async (body) => {
      const { status } = await ask(`${emulator.endpoint}/_emu/faults`, "POST", body);
      expect([201, 400]).toContain(status);
    }),
    { numRuns: 100 },
  );
  emulator.faults.clear();
  expect((await callList(emulator.port)).status).toBe(200);
});
