import { type ApiFailureKind, type Clock, Events, type PutRecordsOutcome } from "@shardline/core";
import { SeededRandom, type VirtualClock } from "@shardline/core/testing";
import { describe, expect, it } from "vitest";
import { quietClock } from "../../../../test/support/quiet-clock.ts";
import { AnswerDesk, type Cargo } from "../../src/call/answer-desk.ts";
import { FailureClassifier } from "../../src/call/failure-classifier.ts";
import { reactionTo } from "../../src/call/reaction-plan.ts";
import { LaneSet } from "../../src/lane/lane-set.ts";
import type { ProducerEvents } from "../../src/producer-events.ts";
import type { CallOutcome } from "../../src/call/sender.ts";
import type { RetryOptions } from "../../src/retry-options.ts";
import { resolveProducerOptions } from "../../src/settings.ts";
import { Settlement } from "../../src/settle/settlement.ts";
import { failedEntry, failureOf } from "../support/failures.ts";
import { NO_MEASURE } from "../support/measurements.ts";
import { attempt, attemptLog, carrierOf, type Heard, looseRecord } from "../support/records.ts";
import { policyOf } from "../support/policies.ts";
import { equalShards, mapOf, shardId } from "../support/shards.ts";

interface TestDesk extends Heard {
  readonly desk: AnswerDesk;
  readonly lanes: LaneSet;
  readonly clock: VirtualClock;
  readonly contradictions: number[];
  /** What was said about the stream itself. */
  readonly remarks: string[];
  readonly told: [string, object][];
}

/** `clockOf` stands between the desk and the clock of the test. */
function newDesk(
  recordTtlMs = 30_000,
  options: RetryOptions = {},
  clockOf = (clock: Clock): Clock => clock,
): TestDesk {
  const clock = quietClock();
  const heard: Heard = { receipts: [], errors: [] };
  const { retry } = resolveProducerOptions({ stream: "orders", retry: options });
  const lanes = new LaneSet(policyOf(), 0);
  lanes.adopt(mapOf(...equalShards(1)), 0);
  const told: [string, object][] = [];
  const events = new Events<ProducerEvents>(() => undefined);
  for (const type of ["throttled", "misplaced"] as const) {
    events.on(type, (event) => void told.push([type, event]));
  }
  const contradictions: number[] = [];
  const remarks: string[] = [];
  const settlement = new Settlement({
    measure: NO_MEASURE,
    stream: "orders",
    barrier: { leave: () => undefined },
    onRoom: () => undefined,
    onFailed: () => undefined,
  });
  const desk = new AnswerDesk({
    stream: "orders",
    recordTtlMs,
    isSurelyByKey: true,
    retry,
    classifier: new FailureClassifier({ classify: retry.classify, onFault: () => undefined }),
    lanes,
    settlement,
    clock: clockOf(clock),
    random: new SeededRandom(1),
    events,
    onContradiction: (sinceMs) => void contradictions.push(sinceMs),
    onOtherStream: (sinceMs) => void contradictions.push(sinceMs),
    onDoubt: () => void remarks.push("doubt"),
    onAstray: () => void remarks.push("astray"),
  });
  return { ...heard, desk, lanes, clock, contradictions, remarks, told };
}

/** A carrier of records put at those times, under way from the first lane. */
function send(test: TestDesk, ...acceptedAtMs: number[]): Cargo {
  const [lane] = test.lanes.lanes;
  if (lane === undefined) throw new Error("no lane");
  const records = acceptedAtMs.map((atMs) =>
    looseRecord("a", `${atMs}`, { acceptedAtMs: atMs, heard: test }),
  );
  lane.append([carrierOf(...records)]);
  const [carrier] = lane.take(1, test.clock.nowMs());
  if (carrier === undefined) throw new Error("nothing to send");
  return { lane, carrier };
}

function answered(
  outcomes: readonly PutRecordsOutcome[],
  startedAtMs = 100,
  endedAtMs = 140,
): CallOutcome {
  return { kind: "answered", outcomes, startedAtMs, endedAtMs };
}

function storedOn(index: number): PutRecordsOutcome {
  return { kind: "stored", shardId: shardId(index), sequenceNumber: "7" };
}

describe("a stored carrier", () => {
  it("is settled with the times of its call, and its lane is free again", () => {
    const test = newDesk();
    const cargo = send(test, 30);
    test.desk.receive([cargo], answered([storedOn(0)]));
    expect(test.receipts).toMatchObject([
      { attempts: [{ delayMs: 70, durationMs: 40 }], subSequenceNumber: 0 },
    ]);
    expect([cargo.lane.isBusy, test.contradictions]).toEqual([false, []]);
  });

  it("contradicts the map since the start of its call, if it is plain and landed elsewhere", () => {
    const test = newDesk();
    test.desk.receive([send(test, 0)], answered([storedOn(5)]));
    expect(test.receipts).toMatchObject([{ shardId: shardId(5) }]);
    expect(test.contradictions).toEqual([100]);
  });
});

describe("a refused carrier", () => {
  it("comes back unchanged to a lane that opens later, and waits from the end of the call", () => {
    const test = newDesk();
    const cargo = send(test, 0, 1);
    test.desk.receive([cargo], answered([failedEntry("throttled")]));
    expect(test.told).toEqual([
      ["throttled", { stream: "orders", shardId: shardId(0), factor: 0.8 }],
    ]);
    const [offer] = test.lanes.offers(0, 0, 100);
    expect(offer?.opensAtMs).toBeGreaterThanOrEqual(25);
    const [carrier] = cargo.lane.take(1, 1000);
    expect(carrier).toBe(cargo.carrier);
    test.desk.receive([cargo], answered([storedOn(0)], 200, 210));
    expect(test.receipts[0]?.attempts).toEqual([
      { delayMs: 100, durationMs: 40, failure: failureOf("throttled") },
      { delayMs: 60, durationMs: 10 },
    ]);
  });

  it("comes back before others of its call that were refused after it", () => {
    const test = newDesk();
    const cargoes = [send(test, 0), send(test, 1), send(test, 2)];
    test.desk.receive(
      cargoes,
      answered([failedEntry("transient"), storedOn(0), failedEntry("transient")]),
    );
    const [lane] = test.lanes.lanes;
    expect(lane?.drain()).toEqual([cargoes[0]?.carrier, cargoes[2]?.carrier]);
  });

  it("is tried a hundred thousand times, and counted as often, with a list of no more than 32 tries", () => {
    const test = newDesk(Infinity);
    const cargo = send(test, 0);
    let longest = 0;
    for (let i = 1; i <= 100_000; i += 1) {
      test.desk.receive([cargo], answered([failedEntry("transient")], i, i));
      cargo.lane.take(1, Infinity);
      longest = Math.max(longest, cargo.carrier.attempts.list.length);
    }
    const { count, failingForMs } = cargo.carrier.attempts;
    expect([longest, count, failingForMs]).toEqual([32, 100_000, 99_999]);
  });

  it("R-ttl-member: loses the members whose time is over, and comes back with the others", async () => {
    const test = newDesk(1000);
    const cargo = send(test, 0, 500);
    await test.clock.advance(1000);
    test.desk.receive([cargo], answered([failedEntry("throttled")]));
    expect(test.errors.map(({ code }) => code)).toEqual(["RECORD_EXPIRED"]);
    expect(cargo.lane.oldestAtMs).toBe(500);
    expect(cargo.lane.drain().map(({ members }) => members.length)).toEqual([1]);
  });
});

describe("a record whose time comes while its carrier is taken apart", () => {
  it("is either settled as expired or tried again", async () => {
    let readings = 0;
    const test = newDesk(1000, {}, (clock) => ({
      wallTimeMs: () => clock.wallTimeMs(),
      nowMs: () => clock.nowMs() + 0.4 * readings++,
      startTimer: (...args) => clock.startTimer(...args),
    }));
    const cargo = send(test, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    await test.clock.advance(1000);
    test.desk.receive([cargo], answered([failedEntry("throttled")]));
    const triedAgain = cargo.lane.drain().reduce((sum, { members }) => sum + members.length, 0);
    expect(test.errors.length).toBeGreaterThan(0);
    expect(triedAgain).toBe(10 - test.errors.length);
  });
});

describe("a call that failed", () => {
  const failed = (
    kind: ApiFailureKind,
    troubledForMs: number,
    failure = failureOf(kind),
  ): CallOutcome => ({
    kind: "failed",
    failure,
    reaction: reactionTo(failure),
    troubledForMs,
    startedAtMs: 100,
    endedAtMs: 140,
  });

  it("brings its carriers back in their order, without a pause of the lane's own", () => {
    const test = newDesk();
    const cargoes = [send(test, 0), send(test, 1), send(test, 2)];
    test.desk.receive(cargoes, failed("missing", 0));
    expect(test.lanes.offers(0, 0)[0]?.opensAtMs).toBe(0);
    expect(test.lanes.lanes[0]?.drain()).toEqual(cargoes.map(({ carrier }) => carrier));
  });

  it("R-not-found: ends its records once the grace is over", () => {
    const test = newDesk();
    test.desk.receive([send(test, 0)], failed("missing", 5000));
    expect(test.errors).toMatchObject([
      { code: "STREAM_NOT_FOUND", details: { lastFailure: { kind: "missing" } } },
    ]);
  });

  it("R-poison: puts its carriers on trial by halves, and the records of one that was alone", () => {
    const test = newDesk();
    const cargoes = [send(test, 0, 1), send(test, 2), send(test, 3)];
    test.desk.receive(cargoes, failed("rejected", 0));
    const [lane] = test.lanes.lanes;
    const [first, second, third] = cargoes.map(({ carrier }) => carrier.trial);
    expect([first === second, first === third, third === undefined]).toEqual([true, false, false]);
    const [carrier] = lane?.take(1, 0) ?? [];
    if (lane === undefined || carrier === undefined) throw new Error("nothing came back");
    test.desk.receive([{ lane, carrier }], failed("rejected", 0));
    const back = lane.drain();
    expect(
      back.map(({ members }) => members.list().map(({ acceptedAtMs }) => acceptedAtMs)),
    ).toEqual([[0], [1], [2], [3]]);
    expect(new Set(back.map(({ trial }) => trial)).size).toBe(4);
  });

  it("R-poison: puts the one that the service names on trial, behind all that are cleared", () => {
    const test = newDesk();
    const cargoes = [send(test, 0), send(test, 1), send(test, 2)];
    const failure = failureOf("rejected", { reason: "Value at 'records.2.member.data' is long" });
    test.desk.receive(cargoes, failed("rejected", 0, failure));
    const back = test.lanes.lanes[0]?.drain() ?? [];
    expect(back.map(({ members, trial }) => [members.oldestAtMs, trial === undefined])).toEqual([
      [0, true],
      [2, true],
      [1, false],
    ]);
  });

  it("as throttled ends its records at once, if the caller wants it so", () => {
    const test = newDesk(30_000, { failOnThrottle: true });
    test.desk.receive([send(test, 0)], failed("throttled", 0));
    expect(test.errors.map(({ code }) => code)).toEqual(["RECORD_THROTTLED"]);
  });

  it("ends the records that were tried often enough, and brings back the others", () => {
    const test = newDesk(30_000, { maxAttempts: 2 });
    const [lane] = test.lanes.lanes;
    if (lane === undefined) throw new Error("no lane");
    const earlierAttempts = attemptLog(attempt({ failure: failureOf("transient") }));
    lane.append([
      carrierOf(
        looseRecord("a", "old", { acceptedAtMs: 0, earlierAttempts, heard: test }),
        looseRecord("a", "new", { acceptedAtMs: 1, heard: test }),
      ),
    ]);
    const [carrier] = lane.take(1, 0);
    if (carrier === undefined) throw new Error("nothing to send");
    test.desk.receive([{ lane, carrier }], failed("transient", 0));
    expect(test.errors).toMatchObject([{ code: "RETRIES_EXHAUSTED" }]);
    expect(lane.drain().map(({ members }) => members.length)).toEqual([1]);
  });
});

describe("an aggregate on a shard that the map does not know", () => {
  it("is held: neither settled nor sent, its lane stays busy, and the map is stale as of now", async () => {
    const test = newDesk();
    await test.clock.advance(150);
    const cargo = send(test, 0, 1);
    test.desk.receive([cargo], answered([storedOn(5)]));
    expect([test.receipts, test.errors, cargo.lane.isBusy]).toEqual([[], [], true]);
    expect(test.contradictions).toEqual([150]);
    expect(test.desk.puzzledSinceMs).toBe(100);
    expect(test.desk.nextDeadlineMs).toBe(5150);
  });

  it("is held no longer than its oldest record may live", async () => {
    const test = newDesk(1000);
    await test.clock.advance(150);
    test.desk.receive([send(test, 20, 140)], answered([storedOn(5)]));
    expect(test.desk.nextDeadlineMs).toBe(1020);
  });

  it("is settled by a map that shows a shard which covers it", () => {
    const test = newDesk();
    const cargo = send(test, 0, 1);
    test.desk.receive([cargo], answered([storedOn(5)]));
    test.desk.judgeHeldAgain(test.clock.nowMs());
    expect(test.receipts).toEqual([]);
    test.lanes.adopt(
      mapOf(...equalShards(2).map((each, i) => ({ ...each, shardId: shardId(i + 5) }))),
      0,
    );
    test.desk.judgeHeldAgain(test.clock.nowMs());
    expect(test.receipts.map((receipt) => receipt.shardId)).toEqual([shardId(5), shardId(5)]);
    expect([test.desk.puzzledSinceMs, test.desk.nextDeadlineMs]).toEqual([undefined, Infinity]);
  });

  it("is sent again once its time is over and not before, and that is told", () => {
    const test = newDesk();
    test.desk.receive([send(test, 0, 1)], answered([storedOn(5)]));
    test.desk.giveUpHolding(4999);
    expect(test.told).toEqual([]);
    test.desk.giveUpHolding(5000);
    expect(test.told).toMatchObject([["misplaced", { predictedShardId: shardId(0), records: 2 }]]);
    const [carrier] = test.lanes.lanes[0]?.drain() ?? [];
    expect(
      carrier?.members.list().map(({ earlierAttempts }) => earlierAttempts.list),
    ).toMatchObject([
      [{ failure: { awsName: "UnknownShard", isAmbiguous: true } }],
      [{ failure: { awsName: "UnknownShard", isAmbiguous: true } }],
    ]);
  });
});
