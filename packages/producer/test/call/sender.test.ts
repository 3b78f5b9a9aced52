import { Events, type KinesisApi, LinkedSignal, type PutRecordsEntry } from "@shardline/core";
import { SeededRandom, type VirtualClock } from "@shardline/core/testing";
import { describe, expect, it } from "vitest";
import { quietClock } from "../../../../test/support/quiet-clock.ts";
import { CallSlots } from "../../src/call/call-slots.ts";
import { FailureClassifier } from "../../src/call/failure-classifier.ts";
import { Sender } from "../../src/call/sender.ts";
import type { ProducerEvents } from "../../src/producer-events.ts";
import type { ClassifyFailure } from "../../src/retry-options.ts";
import { failedCall, failureOf } from "../support/failures.ts";

const ENTRY: PutRecordsEntry = { data: new Uint8Array(), partitionKey: "k" };
const STORED = { kind: "stored", shardId: "shardId-0", sequenceNumber: "1" } as const;

interface TestSender {
  readonly sender: Sender;
  readonly slots: CallSlots;
  readonly clock: VirtualClock;
  readonly told: string[];
  /** What the next calls do, each after so many ms. */
  readonly script: { readonly afterMs: number; readonly answer: () => unknown }[];
}

function newSender(
  maxInFlightRequests = 2,
  classify?: ClassifyFailure,
  requestTimeoutMs = 6000,
): TestSender {
  const clock = quietClock();
  const script: TestSender["script"] = [];
  const told: string[] = [];
  const putRecords = (() => {
    const { afterMs, answer } = script.shift() ?? {
      afterMs: 0,
      answer: () => ({ outcomes: [STORED] }),
    };
    return new Promise<unknown>((resolve, reject) => {
      clock.startTimer(afterMs, () => {
        try {
          resolve(answer());
        } catch (error) {
          reject(error as Error);
        }
      });
    });
  }) as KinesisApi["putRecords"];
  const slots = new CallSlots(maxInFlightRequests);
  const events = new Events<ProducerEvents>(() => undefined);
  events.on("troubled", ({ awsName }) => void told.push(`troubled: ${awsName}`));
  events.on("recovered", ({ troubledForMs }) => void told.push(`recovered after ${troubledForMs}`));
  const sender = new Sender({
    kinesis: { putRecords },
    stream: { name: "orders" },
    settings: { http: { connectTimeoutMs: 6000, requestTimeoutMs } },
    clock,
    random: new SeededRandom(1),
    slots,
    classifier: new FailureClassifier({ classify, onFault: () => undefined }),
    onTurn: () => undefined,
    signal: new LinkedSignal().signal,
    events,
  });
  return { sender, slots, clock, told, script };
}

const failing = (
  kind: Parameters<typeof failedCall>[0],
  afterMs = 0,
  more: Parameters<typeof failedCall>[1] = {},
): TestSender["script"][number] => ({
  afterMs,
  answer: () => {
    throw failedCall(kind, more);
  },
});

async function send(
  { clock, sender }: TestSender,
  entries = [ENTRY],
): Promise<Awaited<ReturnType<Sender["send"]>>> {
  const sent = sender.send(entries, () => 0);
  await clock.advance(0);
  return sent;
}

describe("a call", () => {
  it("is told with its outcomes and its times", async () => {
    const test = newSender();
    test.script.push({ afterMs: 30, answer: () => ({ outcomes: [STORED] }) });
    await test.clock.advance(5);
    const sent = test.sender.send([ENTRY], () => 0);
    await test.clock.advance(30);
    expect(await sent).toEqual({
      kind: "answered",
      outcomes: [STORED],
      startedAtMs: 5,
      endedAtMs: 35,
    });
  });

  it("that fails is told with its failure", async () => {
    const test = newSender();
    test.script.push(failing("throttled"));
    expect(await send(test)).toEqual({
      kind: "failed",
      failure: failureOf("throttled"),
      reaction: "throttle",
      troubledForMs: 0,
      startedAtMs: 0,
      endedAtMs: 0,
    });
  });

  it("R-count-mismatch: with another number of outcomes than entries failed, and may have taken effect", async () => {
    const test = newSender();
    expect(await send(test, [ENTRY, ENTRY])).toMatchObject({
      kind: "failed",
      failure: {
        kind: "transient",
        awsName: "AnswerMismatch",
        reason: "1 outcomes for 2 entries",
        isAmbiguous: true,
      },
    });
  });

  it.each([
    [6000, 0, 15_000],
    [60_000, 0, 69_000],
    [6000, 10 * 262_144, 20_000],
  ])(
    "that may take %d ms on the transport, of %d bytes, is given up after %d ms",
    async (requestTimeoutMs, bytes, timeoutMs) => {
      const test = newSender(2, undefined, requestTimeoutMs);
      test.script.push({ afterMs: 600_000, answer: () => ({ outcomes: [STORED] }) });
      const sent = test.sender.send([{ ...ENTRY, data: new Uint8Array(bytes) }], () => 0);
      let isOver = false;
      void sent.then(() => {
        isOver = true;
      });
      await test.clock.advance(timeoutMs - 1);
      expect(isOver).toBe(false);
      await test.clock.advance(1);
      expect(await sent).toMatchObject({
        kind: "failed",
        failure: { awsName: "TimeoutError", reason: `no answer within ${timeoutMs} ms` },
      });
      await test.clock.advance(600_000);
    },
  );

  it.each([
    ["a TypeError", new TypeError("odd"), { awsName: "TypeError", reason: "odd" }],
    ["a text", "odd", { awsName: "string", reason: "odd" }],
    ["nothing", undefined, { awsName: "undefined", reason: "undefined" }],
  ])("of a port that throws %s may have taken effect", async (_, thrown, expected) => {
    const test = newSender();
    test.script.push({
      afterMs: 0,
      answer: () => {
        throw thrown;
      },
    });
    expect(await send(test)).toMatchObject({
      kind: "failed",
      failure: { ...expected, kind: "transient", isAmbiguous: true },
    });
  });
});

describe("calls at the same time", () => {
  it("are as many as allowed", async () => {
    const { clock, sender } = newSender(2);
    expect(sender.turnAtMs()).toBe(-Infinity);
    const first = sender.send([ENTRY], () => 0);
    expect([sender.inFlight, sender.turnAtMs()]).toEqual([1, -Infinity]);
    const second = sender.send([ENTRY], () => 0);
    expect([sender.inFlight, sender.turnAtMs()]).toEqual([2, Infinity]);
    await clock.advance(0);
    await Promise.all([first, second]);
    expect([sender.inFlight, sender.turnAtMs()]).toEqual([0, -Infinity]);
  });
});

describe("R-outage: after a call that failed as a whole", () => {
  it("one probe at a time is sent, after pauses that grow from 50 ms to 2 s", async () => {
    const test = newSender(24);
    const pauses: number[] = [];
    for (let i = 0; i < 9; i += 1) {
      test.script.push(failing("unreachable"));
      await send(test);
      pauses.push(test.sender.turnAtMs() - test.clock.nowMs());
      await test.clock.advance(test.sender.turnAtMs() - test.clock.nowMs());
    }
    for (const [i, pause] of pauses.entries()) {
      const whole = Math.min(2000, 50 * 2 ** i);
      expect(pause).toBeGreaterThanOrEqual(whole / 2);
      expect(pause).toBeLessThanOrEqual(whole);
    }
    const probe = test.sender.send([ENTRY], () => 0);
    expect(test.sender.turnAtMs()).toBe(Infinity);
    await test.clock.advance(0);
    await probe;
    expect(test.sender.turnAtMs()).toBe(-Infinity);
  });

  it("trouble is told once, and so is its end", async () => {
    const test = newSender();
    test.script.push(failing("unreachable"), failing("transient"));
    await send(test);
    await test.clock.advance(500);
    await send(test);
    await test.clock.advance(1500);
    await send(test);
    await send(test);
    expect(test.told).toEqual(["troubled: ECONNREFUSED", "recovered after 2000"]);
  });

  it("calls that were under way already count as the one failure that they are", async () => {
    const test = newSender(24);
    for (let i = 0; i < 20; i += 1) test.script.push(failing("unreachable", 10));
    const sent = Array.from({ length: 20 }, () => test.sender.send([ENTRY], () => 0));
    await test.clock.advance(10);
    await Promise.all(sent);
    expect(test.sender.turnAtMs() - test.clock.nowMs()).toBeLessThanOrEqual(50);
  });

  it("a request that was refused for what it holds says nothing about the next", async () => {
    const test = newSender();
    test.script.push(failing("rejected"));
    expect(await send(test)).toMatchObject({ kind: "failed", troubledForMs: 0 });
    expect(test.sender.turnAtMs()).toBe(-Infinity);
    expect(test.told).toEqual([]);
  });

  it("the time of trouble is told with each failure", async () => {
    const test = newSender();
    for (const expected of [0, 4000, 9000]) {
      await test.clock.advance(expected - test.clock.nowMs());
      test.script.push(failing("missing"));
      expect(await send(test)).toMatchObject({ troubledForMs: expected });
    }
  });

  it("R-creds: trouble of another kind begins anew, so that each has its own grace", async () => {
    const test = newSender();
    const troubledForMs: number[] = [];
    for (const kind of ["unreachable", "unreachable", "credentials", "credentials"] as const) {
      test.script.push(failing(kind));
      const outcome = await send(test);
      if (outcome.kind === "failed") troubledForMs.push(outcome.troubledForMs);
      await test.clock.advance(60_000);
    }
    expect(troubledForMs).toEqual([0, 60_000, 0, 60_000]);
    expect(test.told).toEqual(["troubled: ECONNREFUSED"]);
  });
});

describe("after a call that was throttled as a whole", () => {
  it("all calls pause, longer each time, and then as many as half the slots are made at once", async () => {
    const test = newSender(8);
    const pauses: number[] = [];
    for (const slots of [4, 2, 1, 1]) {
      test.script.push(failing("throttled"));
      await send(test);
      const turnAtMs = test.sender.turnAtMs();
      pauses.push(turnAtMs - test.clock.nowMs());
      await test.clock.advance(turnAtMs - test.clock.nowMs());
      expect(test.slots.limit).toBe(slots);
    }
    for (const [i, pause] of pauses.entries()) {
      expect(pause).toBeGreaterThanOrEqual(25 * 2 ** i);
      expect(pause).toBeLessThanOrEqual(50 * 2 ** i);
    }
    expect(test.told).toEqual([]);
  });

  it("a call that began before it does not end the pause, and one that began after it does", async () => {
    const test = newSender(8);
    test.script.push({ afterMs: 10, answer: () => ({ outcomes: [STORED] }) }, failing("throttled"));
    await test.clock.advance(1);
    const before = test.sender.send([ENTRY], () => 0);
    await send(test);
    const turnAtMs = test.sender.turnAtMs();
    await test.clock.advance(10);
    await before;
    expect(test.sender.turnAtMs()).toBe(turnAtMs);
    await test.clock.advance(turnAtMs - test.clock.nowMs());
    await send(test);
    expect(test.sender.turnAtMs()).toBe(-Infinity);
  });

  it("the pause is as long as the service asks for, but no longer than a minute", async () => {
    for (const [retryAfterMs, pauseMs] of [
      [7000, 7000],
      [3_600_000, 60_000],
    ] as const) {
      const test = newSender();
      test.script.push(failing("throttled", 0, { retryAfterMs }));
      await send(test);
      expect(test.sender.turnAtMs()).toBe(pauseMs);
    }
  });

  it("trouble that begins is told, and so is that calls are throttled only again", async () => {
    const test = newSender();
    for (const kind of ["throttled", "unreachable", "throttled"] as const) {
      test.script.push(failing(kind));
      await send(test);
      await test.clock.advance(1000);
    }
    expect(test.told).toEqual(["troubled: ECONNREFUSED", "recovered after 1000"]);
  });
});

describe("R-aimd: the slots", () => {
  it("are halved by a call that times out, and not by one that finds no connection", async () => {
    const test = newSender(8);
    test.script.push(failing("unreachable"));
    await send(test);
    expect(test.slots.limit).toBe(8);
    await test.clock.advance(10_000);
    test.script.push(failing("transient", 0, { awsName: "TimeoutError" }));
    await send(test);
    expect(test.slots.limit).toBe(4);
  });
});

describe("retry.classify", () => {
  it("is asked once for each failed call, with the tries that its entries had, this one included", async () => {
    const asked: unknown[] = [];
    const test = newSender(2, (failure, context) => {
      asked.push([failure.kind, context]);
      return undefined;
    });
    test.script.push(failing("transient"));
    const sent = test.sender.send([ENTRY, ENTRY], () => 4);
    await test.clock.advance(0);
    expect(await sent).toMatchObject({ reaction: "retry" });
    expect(asked).toEqual([["transient", { attempts: 5, scope: "call" }]]);
  });

  it.each([
    ["retry", "rejected", ["troubled: ValidationException"], 4],
    ["throttle", "transient", [], 2],
    ["fail", "denied", ["troubled: AccessDeniedException"], 4],
    ["fail", "rejected", [], 4],
  ] as const)("that answers %s to a call that is %s decides", async (choice, kind, told, slots) => {
    const test = newSender(4, () => choice);
    test.script.push(failing(kind));
    expect(await send(test)).toMatchObject({ kind: "failed", reaction: choice });
    expect([test.told, test.slots.limit]).toEqual([told, slots]);
  });
});
