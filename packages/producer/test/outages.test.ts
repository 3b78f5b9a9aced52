// Calls that fail as a whole: outages, and calls that the service refuses for what is in them.
import { sleep } from "@shardline/core";
import { expect, test } from "vitest";
import { failCalls, failEntries, failure, REFUSED } from "./support/faults.ts";
import { receiptOf, undelivered } from "./support/outcomes.ts";
import { type Outcome, setStage, type Stage } from "./support/stage.ts";

const PLAIN = { aggregation: false } as const;

/** How far apart calls began. */
async function gaps(stage: Stage, put: Promise<Outcome>): Promise<number[]> {
  const times: number[] = [];
  const before = stage.producer.on("callFailed", () => times.push(stage.clock.nowMs()));
  await stage.until(put);
  before[Symbol.dispose]();
  return times.slice(1).map((atMs, i) => atMs - (times[i] as number));
}

test("R-outage: while every call fails one probe at a time is made, and then all is delivered", async () => {
  let isDown = true;
  let underWay = 0;
  let most = 0;
  const stage = setStage({
    shards: 8,
    producer: { recordTtlMs: 600_000, ordering: "none" },
    faults: (clock) => ({
      putRecords: async (next, request, signal) => {
        underWay += 1;
        if (isDown) most = Math.max(most, underWay);
        await sleep(clock, 20, signal);
        underWay -= 1;
        return failCalls(() => (isDown ? REFUSED : undefined))(next, request, signal);
      },
    }),
  });
  const puts = Array.from({ length: 5000 }, (_, i) =>
    stage.put({ partitionKey: `key-${i}`, data: `${i}` }),
  );
  await stage.clock.advance(60_000);
  const callsWhileDown = stage.seen("callFailed").length;
  expect(callsWhileDown).toBeLessThan(40);
  expect(most).toBe(1);
  isDown = false;
  const outcomes = await stage.outcomes(puts);
  expect(outcomes.every(({ kind }) => kind === "stored")).toBe(true);
  expect(stage.stored()).toHaveLength(5000);
  expect(stage.seen("troubled")).toEqual([
    { stream: "orders", awsName: "ECONNREFUSED", reason: "as tests have it" },
  ]);
  expect(stage.seen("recovered")).toHaveLength(1);
});

test("an outage that lasts too long says that nothing was sent", async () => {
  const stage = setStage({
    producer: { recordTtlMs: 2000 },
    faults: () => ({ putRecords: failCalls(() => REFUSED) }),
  });
  const { details, error } = undelivered(
    await stage.until(stage.put({ partitionKey: "k", data: "x" })),
  );
  expect(error.code).toBe("RECORD_EXPIRED");
  expect(details.mayHaveBeenWritten).toBe(false);
  expect(error.message).toContain("check the endpoint and the network");
});

test("R-poison: one record that the service refuses in a call is found, and only it fails", async () => {
  const poison = failure("rejected", "ValidationException", "1 validation error detected");
  const stage = setStage({
    shards: 8,
    faults: () => ({
      putRecords: (next, request, signal) => {
        const isPoisoned = request.entries.some(({ data }) => Buffer.from(data).includes("poison"));
        return failCalls(() => (isPoisoned ? poison : undefined))(next, request, signal);
      },
    }),
  });
  const texts = Array.from({ length: 200 }, (_, i) => (i === 77 ? "poison" : `fine ${i}`));
  const outcomes = await stage.outcomes(
    texts.map((data, i) => stage.put({ partitionKey: `key-${i}`, data })),
  );
  const failed = outcomes.flatMap((outcome, i) => (outcome.kind === "failed" ? [texts[i]] : []));
  expect(failed).toEqual(["poison"]);
  const { details, error } = undelivered(outcomes[77]);
  expect(error.code).toBe("RECORD_REJECTED");
  expect(error.isRetryable).toBe(false);
  expect(details.lastFailure).toEqual(poison);
  expect(details.mayHaveBeenWritten).toBe(false);
  expect(new Set(stage.stored().map(({ data }) => data)).size).toBe(199);
});

test("an entry that the service refuses fails alone, without another try", async () => {
  const invalid = failure("rejected", "InvalidArgumentException");
  const stage = setStage({
    producer: PLAIN,
    faults: () => ({
      putRecords: failEntries((data) => (data[0] === 0x62 ? invalid : undefined)),
    }),
  });
  const [good, bad] = await stage.outcomes([
    stage.put({ partitionKey: "a", data: "good" }),
    stage.put({ partitionKey: "b", data: "bad" }),
  ]);
  expect(good?.kind).toBe("stored");
  const { details, error } = undelivered(bad);
  expect(error.code).toBe("RECORD_REJECTED");
  expect(details.attempts).toHaveLength(1);
});

test.each([
  [
    "R-not-found: a stream that is not there",
    failure("missing", "ResourceNotFoundException"),
    5000,
    "create the stream, or check its name and region",
  ],
  [
    "R-creds: credentials that stay refused",
    failure("credentials", "ExpiredTokenException"),
    10_000,
    "check the credentials",
  ],
  [
    "a permission that is not granted",
    failure("denied", "AccessDeniedException"),
    10_000,
    "grant the permission",
  ],
])(
  "%s fails its records after a grace, not at their end",
  async (_what, wrong, graceMs, advice) => {
    const stage = setStage({ faults: () => ({ putRecords: failCalls(() => wrong) }) });
    const { error } = undelivered(await stage.until(stage.put({ partitionKey: "k", data: "x" })));
    expect(error.code).toBe("RECORD_REJECTED");
    expect(error.message).toContain(advice);
    expect(stage.clock.nowMs()).toBeGreaterThanOrEqual(graceMs);
    expect(stage.clock.nowMs()).toBeLessThan(graceMs + 7000);
  },
);

test("R-creds: credentials that are refused once cost one more try", async () => {
  const expired = failure("credentials", "ExpiredTokenException");
  const stage = setStage({
    faults: () => ({ putRecords: failCalls((call) => (call === 1 ? expired : undefined)) }),
  });
  const { attempts } = receiptOf(await stage.until(stage.put({ partitionKey: "k", data: "x" })));
  expect(attempts).toHaveLength(2);
});

test("a port that throws something else is taken for a call of unknown outcome", async () => {
  let calls = 0;
  const stage = setStage({
    faults: () => ({
      putRecords: async (next, request, signal) => {
        calls += 1;
        if (calls === 1) throw new TypeError("undefined is not a function");
        return next(request, signal);
      },
    }),
  });
  const { attempts } = receiptOf(await stage.until(stage.put({ partitionKey: "k", data: "x" })));
  expect(attempts[0]?.failure).toEqual({
    kind: "transient",
    awsName: "TypeError",
    reason: "undefined is not a function",
    isAmbiguous: true,
  });
});

test("probes of an outage are farther and farther apart, up to five seconds", async () => {
  const stage = setStage({
    producer: { recordTtlMs: 60_000 },
    faults: () => ({ putRecords: failCalls(() => REFUSED) }),
  });
  const pauses = await gaps(stage, stage.put({ partitionKey: "k", data: "x" }));
  for (const [i, pauseMs] of pauses.entries()) {
    expect(pauseMs).toBeLessThanOrEqual(Math.min(5000, 100 * 2 ** i));
  }
  expect(Math.max(...pauses)).toBeGreaterThan(2500);
});
