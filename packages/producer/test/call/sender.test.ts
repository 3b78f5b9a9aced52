import type { KinesisApi, PutRecordsEntry } from "@shardline/core";
import { SeededRandom, type VirtualClock } from "@shardline/core/testing";
import { describe, expect, it } from "vitest";
import { quietClock } from "../../../../test/support/quiet-clock.ts";
import { Sender } from "../../src/call/sender.ts";
import { failedCall, failureOf } from "../support/failures.ts";

const ENTRY: PutRecordsEntry = { data: new Uint8Array(), partitionKey: "k" };
const STORED = { kind: "stored", shardId: "shardId-0", sequenceNumber: "1" } as const;

interface TestSender {
  readonly sender: Sender;
  readonly clock: VirtualClock;
  readonly told: string[];
  /** What the next calls do, each after so many ms. */
  readonly script: { readonly afterMs: number; readonly answer: () => unknown }[];
}

function newSender(maxInFlightRequests = 2): TestSender {
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
  const sender = new Sender({
    kinesis: { putRecords },
    stream: { name: "orders" },
    clock,
    random: new SeededRandom(1),
    maxInFlightRequests,
    backoff: { baseMs: 100, maxMs: 5000 },
    signal: new AbortController().signal,
    onTrouble: ({ awsName }) => void told.push(`troubled: ${awsName}`),
    onRecovery: (troubledForMs) => void told.push(`recovered after ${troubledForMs}`),
  });
  return { sender, clock, told, script };
}

const failing = (
  kind: Parameters<typeof failedCall>[0],
  afterMs = 0,
): TestSender["script"][number] => ({
  afterMs,
  answer: () => {
    throw failedCall(kind);
  },
});

async function send(
  { clock, sender }: TestSender,
  entries = [ENTRY],
): Promise<Awaited<ReturnType<Sender["send"]>>> {
  const sent = sender.send(entries);
  await clock.advance(0);
  return sent;
}

describe("a call", () => {
  it("is told with its outcomes and its times", async () => {
    const test = newSender();
    test.script.push({ afterMs: 30, answer: () => ({ outcomes: [STORED] }) });
    await test.clock.advance(5);
    const sent = test.sender.send([ENTRY]);
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
    expect(sender.readyAtMs).toBe(-Infinity);
    const first = sender.send([ENTRY]);
    expect([sender.inFlight, sender.readyAtMs]).toEqual([1, -Infinity]);
    const second = sender.send([ENTRY]);
    expect([sender.inFlight, sender.readyAtMs]).toEqual([2, Infinity]);
    await clock.advance(0);
    await Promise.all([first, second]);
    expect([sender.inFlight, sender.readyAtMs]).toEqual([0, -Infinity]);
  });
});

describe("R-outage: after a call that failed as a whole", () => {
  it("one probe at a time is sent, after pauses that grow from 100 ms to 5 s", async () => {
    const test = newSender(24);
    const pauses: number[] = [];
    for (let i = 0; i < 9; i += 1) {
      test.script.push(failing("unreachable"));
      await send(test);
      pauses.push(test.sender.readyAtMs - test.clock.nowMs());
      await test.clock.advance(test.sender.readyAtMs - test.clock.nowMs());
    }
    for (const [i, pause] of pauses.entries()) {
      const whole = Math.min(5000, 100 * 2 ** i);
      expect(pause).toBeGreaterThanOrEqual(whole / 2);
      expect(pause).toBeLessThanOrEqual(whole);
    }
    const probe = test.sender.send([ENTRY]);
    expect(test.sender.readyAtMs).toBe(Infinity);
    await test.clock.advance(0);
    await probe;
    expect(test.sender.readyAtMs).toBe(-Infinity);
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
    const sent = Array.from({ length: 20 }, () => test.sender.send([ENTRY]));
    await test.clock.advance(10);
    await Promise.all(sent);
    expect(test.sender.readyAtMs - test.clock.nowMs()).toBeLessThanOrEqual(100);
  });

  it("a request that was refused for what it holds says nothing about the next", async () => {
    const test = newSender();
    test.script.push(failing("rejected"));
    expect(await send(test)).toMatchObject({ kind: "failed", troubledForMs: 0 });
    expect(test.sender.readyAtMs).toBe(-Infinity);
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
