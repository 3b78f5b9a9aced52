// Any faults, any calls, over real sockets: whatever becomes of an answer, the server goes on.
import { connect as connectHttp2, type ClientHttp2Session } from "node:http2";
import { type FaultEffect, startEmulator } from "@shardline/emulator";
import fc from "fast-check";
import { expect, test } from "vitest";
import { exchange, requestOf } from "../support/raw-http.ts";

const EFFECTS: readonly FaultEffect[] = [
  { kind: "throttle", share: 0.5 },
  { kind: "error", status: 502, body: "html" },
  { kind: "latency", ms: { min: 0, max: 3 } },
  { kind: "latency", ms: 1, when: "after" },
  { kind: "unavailable" },
  { kind: "commitThenDrop" },
  { kind: "commitThenDrop", how: "close" },
  { kind: "reset" },
  { kind: "resetStream", code: "REFUSED_STREAM" },
  { kind: "goAway" },
  { kind: "goAway", code: "NO_ERROR" },
  { kind: "cutBody" },
  { kind: "cutBody", afterBytes: 0 },
  { kind: "corrupt" },
  { kind: "corrupt", how: "empty" },
  { kind: "corrupt", how: "shuffled" },
  { kind: "clockSkew", ms: 900_000 },
];

const CALLS: readonly (readonly [string, string])[] = [
  ["ListStreams", "{}"],
  ["PutRecords", '{"StreamName":"s","Records":[{"PartitionKey":"k","Data":"AAAA"}]}'],
  ["PutRecord", '{"StreamName":"s","PartitionKey":"k","Data":""}'],
  ["ListShards", '{"StreamName":"s"}'],
  ["GetRecords", "{"],
  ["Nothing", "[]"],
];

/** Over HTTP/2; resolves when the stream has closed, in whatever way. */
function askHttp2(
  session: ClientHttp2Session,
  [operation, body]: readonly [string, string],
): Promise<void> {
  return new Promise((resolve) => {
    const stream = session.request({
      ":method": "POST",
      ":path": "/",
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `Kinesis_20131202.${operation}`,
    });
    stream.on("error", () => {});
    stream.once("close", resolve);
    stream.resume().end(body);
  });
}

async function callAll(endpoint: string, port: number, calls: typeof CALLS): Promise<void> {
  for (const call of calls) {
    const [operation, body] = call;
    await exchange(port, requestOf(operation, body, { connection: "close" })).catch(
      () => undefined,
    );
    const session = connectHttp2(endpoint);
    session.on("error", () => {});
    await askHttp2(session, call);
    session.destroy();
  }
}

test("whatever goes wrong with whatever is called, the server serves the next one that is left alone", async () => {
  await using emulator = await startEmulator({ streams: { s: 2 } });
  const rule = fc.record(
    {
      effect: fc.constantFrom(...EFFECTS),
      match: fc.record({ probability: fc.constantFrom(0.5, 1) }),
      continue: fc.boolean(),
    },
    { requiredKeys: ["effect"] },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(rule, { minLength: 1, maxLength: 4 }),
      fc.array(fc.constantFrom(...CALLS), { minLength: 1, maxLength: 4 }),
      async (rules, calls) => {
        for (const one of rules) emulator.faults.add(one);
        await callAll(emulator.endpoint, emulator.port, calls);
        emulator.faults.clear();
        const answer = await exchange(
          emulator.port,
          requestOf("ListStreams", "{}", { connection: "close" }),
        );
        expect([answer.status, JSON.parse(answer.body)]).toMatchObject([
          200,
          { StreamNames: ["s"] },
        ]);
      },
    ),
    { numRuns: 60 },
  );
  expect(emulator.faults.log().length).toBeGreaterThan(60);
});
