// What faults do to the outcome of calls in the process, on the virtual clock: also those of the wire, which code
// in the process meets as the outcome that they would have had.
import { type ApiFailure, apiFailureOf } from "@shardline/core";
import type { FaultEffect } from "@shardline/emulator";
import { expect, onTestFinished, test } from "vitest";
import { newEmulator, type TestEmulator } from "../support/emulator.ts";
import { stored, withFault } from "../support/faults.ts";
import { shardsOf } from "../support/records.ts";

const stream = { name: "s" };
const { signal } = new AbortController();

/** How a call of the port fails. */
async function failure(call: Promise<unknown>): Promise<ApiFailure> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const found = apiFailureOf(error);
  if (found === undefined) throw new Error(`no failure of the port: ${String(error)}`);
  return found;
}

const entries = [{ data: Buffer.from("x"), partitionKey: "k" }];
const putByPort = ({ emulator }: TestEmulator, by = signal): Promise<unknown> =>
  emulator.kinesis().putRecords({ stream, entries }, by);

test.each<[FaultEffect, ApiFailure]>([
  [
    { kind: "error", type: "InternalFailure" },
    {
      kind: "transient",
      awsName: "InternalFailure",
      reason: "Internal service failure.",
      isAmbiguous: true,
    },
  ],
  [
    { kind: "error", status: 503 },
    {
      kind: "transient",
      awsName: "ServiceUnavailable",
      reason: "The service is unavailable. Please try again later.",
      isAmbiguous: false,
    },
  ],
  [
    { kind: "error", status: 502, body: "html" },
    {
      kind: "transient",
      awsName: "Http502",
      reason: "the answer was HTTP 502 and named no exception",
      isAmbiguous: true,
    },
  ],
  [
    { kind: "error", status: 413 },
    {
      kind: "rejected",
      awsName: "Http413",
      reason: "the answer was HTTP 413 and named no exception",
      isAmbiguous: false,
    },
  ],
  [
    { kind: "error", type: "ThrottlingException" },
    {
      kind: "throttled",
      awsName: "ThrottlingException",
      reason: "Rate exceeded",
      isAmbiguous: false,
    },
  ],
  [
    { kind: "error", type: "KMSDisabledException", message: "off" },
    { kind: "denied", awsName: "KMSDisabledException", reason: "off", isAmbiguous: false },
  ],
  [
    { kind: "unavailable" },
    {
      kind: "transient",
      awsName: "ServiceUnavailable",
      reason: "The service is unavailable. Please try again later.",
      isAmbiguous: false,
    },
  ],
])("%j refuses a call before it takes effect", async (effect, expected) => {
  const emulator = withFault(effect);
  expect(await failure(putByPort(emulator))).toEqual(expected);
  expect(stored(emulator)).toBe(0);
});

test.each<[FaultEffect, string, number]>([
  [{ kind: "reset" }, "ECONNRESET", 0],
  [{ kind: "resetStream" }, "ERR_HTTP2_STREAM_ERROR", 0],
  [{ kind: "goAway" }, "ERR_HTTP2_SESSION_ERROR", 0],
  [{ kind: "cutBody" }, "ECONNRESET", 1],
  [{ kind: "commitThenDrop" }, "ECONNRESET", 1],
  [{ kind: "commitThenDrop", how: "close" }, "ECONNRESET", 1],
  [{ kind: "corrupt" }, "UnreadableAnswer", 1],
  [{ kind: "corrupt", how: "empty" }, "AnswerMismatch", 1],
  [{ kind: "corrupt", how: "wrongCount" }, "AnswerMismatch", 1],
])("%j leaves the port in doubt: %s, with %i stored", async (effect, awsName, count) => {
  const emulator = withFault(effect);
  expect(await failure(putByPort(emulator))).toMatchObject({
    kind: "transient",
    awsName,
    isAmbiguous: true,
  });
  expect(stored(emulator)).toBe(count);
});

test("the answer of a refused call takes as long and gets lost as easily, and is spoilt by nothing", async () => {
  const missing = { StreamName: "missing", Records: [{ PartitionKey: "k", Data: "" }] };
  for (const [kind, name] of [
    ["commitThenDrop", "ECONNRESET"],
    ["cutBody", "ECONNRESET"],
    ["corrupt", "ResourceNotFoundException"],
  ] as const) {
    expect((await withFault({ kind }).refusal("PutRecords", missing)).name).toBe(name);
  }
  const emulator = withFault({ kind: "latency", ms: 100, when: "after" });
  const refused = failure(emulator.call("PutRecords", missing));
  let isTold = false;
  void refused.then(() => {
    isTold = true;
  });
  await emulator.clock.advance(99);
  expect(isTold).toBe(false);
  await emulator.clock.advance(1);
  expect((await refused).awsName).toBe("ResourceNotFoundException");
});

test("a session that ends without an error answers first", async () => {
  const emulator = withFault({ kind: "goAway", code: "NO_ERROR" });
  await putByPort(emulator);
  expect(stored(emulator)).toBe(1);
});

test("shuffled answers hold the same entries in another order", async () => {
  const emulator = newEmulator({ streams: { s: 8 } });
  const honest = (await shardsOf(emulator)).map(({ ShardId }) => ShardId);
  emulator.emulator.faults.add({ effect: { kind: "corrupt", how: "shuffled" } });
  const shuffled = (await shardsOf(emulator)).map(({ ShardId }) => ShardId);
  expect(shuffled).not.toEqual(honest);
  expect(shuffled.toSorted()).toEqual(honest);
});

test("latency comes before the call takes effect, or after it", async () => {
  for (const [when, atOnce] of [
    ["before", 0],
    ["after", 1],
  ] as const) {
    const emulator = withFault({ kind: "latency", ms: 250, when });
    let answered = false;
    const put = putByPort(emulator).then(() => {
      answered = true;
    });
    await emulator.clock.advance(249);
    expect([answered, stored(emulator)]).toEqual([false, atOnce]);
    await emulator.clock.advance(1);
    expect([answered, stored(emulator)]).toEqual([true, 1]);
    await put;
  }
});

test("latency is drawn from what it says", async () => {
  const delays = async (ms: Extract<FaultEffect, { kind: "latency" }>["ms"]): Promise<number[]> => {
    const emulator = withFault({ kind: "latency", ms });
    const told: number[] = [];
    for (let i = 0; i < 400; i += 1) {
      const startedMs = emulator.clock.nowMs();
      const call = emulator.call("ListStreams", {});
      await emulator.clock.fireNext();
      await call;
      told.push(emulator.clock.nowMs() - startedMs);
    }
    return told.sort((a, b) => a - b);
  };
  const even = await delays({ min: 100, max: 200 });
  expect(even[0]).toBeGreaterThanOrEqual(100);
  expect(even[0]).toBeLessThan(105);
  expect(even[399]).toBeLessThanOrEqual(200);
  expect(even[399]).toBeGreaterThan(195);
  const skewed = await delays({ median: 100, sigma: 1 });
  expect(skewed[200]).toBeGreaterThan(80);
  expect(skewed[200]).toBeLessThan(120);
  // 84 % lie below one deviation above the median, which is e times as much.
  expect(skewed[336]).toBeGreaterThan(210);
  expect(skewed[336]).toBeLessThan(340);
});

test("a caller who gives up does not wait for an answer that is held back", async () => {
  for (const effect of [
    { kind: "hang" },
    { kind: "commitThenDrop", how: "hang" },
    { kind: "latency", ms: 1000 },
  ] as const satisfies readonly FaultEffect[]) {
    const emulator = withFault(effect);
    const controller = new AbortController();
    const call = putByPort(emulator, controller.signal);
    await emulator.clock.advance(500);
    controller.abort(new Error("gave up"));
    await expect(call).rejects.toThrow("gave up");
    expect(stored(emulator)).toBe(effect.kind === "commitThenDrop" ? 1 : 0);
  }
});

test("any number of calls can hang side by side, and Node takes none of it for a leak", async () => {
  const warnings: Error[] = [];
  const keep = (warning: Error): void => void warnings.push(warning);
  process.on("warning", keep);
  onTestFinished(() => void process.off("warning", keep));
  const emulator = withFault({ kind: "hang" });
  const calls = Array.from({ length: 20 }, () => failure(emulator.call("ListStreams", {})));
  await emulator.clock.advance(0);
  emulator.emulator.close();
  expect(new Set((await Promise.all(calls)).map(({ awsName }) => awsName))).toEqual(
    new Set(["ECONNREFUSED"]),
  );
  // Warnings come with the next round of the event loop.
  await new Promise((resolve) => setImmediate(resolve));
  expect(warnings).toEqual([]);
});

test("closing the emulator ends calls that hang", async () => {
  const emulator = withFault({ kind: "hang" });
  const call = emulator.call("ListStreams", {});
  emulator.emulator.close();
  const refused = await failure(call);
  expect(refused).toMatchObject({ kind: "unreachable", awsName: "ECONNREFUSED" });
  expect(await failure(emulator.call("ListStreams", {}))).toEqual(refused);
});
