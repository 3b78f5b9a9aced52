// Records that outlive an outage: what their tries cost meanwhile, and what is known of them afterwards.
import type {
  ApiFailure,
  KinesisApi,
  PutRecordsRequest,
  UndeliveredDetails,
} from "@shardline/core";
import type { Attempt, RetryOptions } from "@shardline/producer";
import { describe, expect, it } from "vitest";
import type { Interceptors } from "../../../test/support/intercept.ts";
import { countAlive } from "./support/alive.ts";
import { failedCall, failureOf, refusing } from "./support/failures.ts";
import { errorOf, newRig, type Rig } from "./support/rig.ts";

const PATIENT = { batch: { maxDelayMs: 0 }, recordTtlMs: Infinity } as const;
const RECORD = { partitionKey: "k", data: "x" } as const;

type Failing = (call: number) => ApiFailure | undefined;

/** Each call, by its number, or each entry of it, fails in some way or gets through. */
const OUTAGES = [
  ["calls", failingCalls],
  ["entries", failingEntries],
] as const;

function failingCalls(failing: Failing): Interceptors<KinesisApi> {
  let calls = 0;
  return {
    putRecords: (next, request, signal) => {
      calls += 1;
      const failure = failing(calls);
      return failure === undefined
        ? next(request, signal)
        : Promise.reject(failedCall(failure.kind, failure));
    },
  };
}

function failingEntries(failing: Failing): Interceptors<KinesisApi> {
  let calls = 0;
  return {
    putRecords: (...call) => {
      calls += 1;
      return refusing(() => failing(calls))(...call);
    },
  };
}

function numbered(call: number, more: Partial<ApiFailure> = {}): ApiFailure {
  return failureOf("transient", { reason: `${call}`, ...more });
}

function numbersOf(attempts: readonly Attempt[]): (number | undefined)[] {
  return attempts.map(({ failure }) => failure && Number(failure.reason));
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

async function detailsOf(rig: Rig, afterMs = 1_000_000): Promise<UndeliveredDetails> {
  const error = errorOf(rig.producer.put(RECORD));
  await rig.clock.advance(afterMs);
  return (await error).details as UndeliveredDetails;
}

describe.each(OUTAGES)("in an outage in which %s fail", (_, between) => {
  it("a record lists its first 8 and its last 24 tries, and counts all of them", async () => {
    const outage = between((call) => (call > 1000 ? undefined : numbered(call)));
    const rig = newRig({ ...PATIENT, between: () => outage });
    await rig.clock.advance(0);
    const receipt = rig.producer.put(RECORD);
    await rig.clock.advance(2_100_000);
    const { attemptCount, attempts } = await receipt;
    expect(attemptCount).toBe(1001);
    expect(numbersOf(attempts)).toEqual([...range(1, 8), ...range(978, 1000), undefined]);
  });

  it("nothing is kept of the tries that are left out", async () => {
    const failures: WeakRef<ApiFailure>[] = [];
    const outage = between((call) => {
      const failure = numbered(call);
      failures.push(new WeakRef(failure));
      return failure;
    });
    const rig = newRig({ ...PATIENT, between: () => outage });
    await rig.clock.advance(0);
    const error = errorOf(rig.producer.put(RECORD));
    await rig.clock.advance(1_000_000);
    expect(failures.length).toBeGreaterThan(500);
    expect(await countAlive(failures)).toBeLessThan(40);
    const closed = rig.producer.close({ timeoutMs: 0 });
    await rig.clock.advance(0);
    await closed;
    expect((await error).message).toContain(`, ${failures.length} attempts in 1000000 ms;`);
  });

  it("a record is tried as often as it may be, however few of its tries are kept", async () => {
    const seen: number[] = [];
    const retry: RetryOptions = {
      maxAttempts: 100,
      classify: (_failure, { attempts }) => void seen.push(attempts),
    };
    const outage = between((call) => numbered(call));
    const rig = newRig({ ...PATIENT, retry, between: () => outage });
    await rig.clock.advance(0);
    const error = errorOf(rig.producer.put(RECORD));
    await rig.clock.advance(1_000_000);
    const { code, details, message } = await error;
    expect([code, rig.calls.length]).toEqual(["RETRIES_EXHAUSTED", 100]);
    expect(message).toContain("(stream orders, 100 attempts in ");
    expect(details).toMatchObject({ attemptCount: 100, lastFailure: numbered(100) });
    expect(numbersOf((details as UndeliveredDetails).attempts)).toEqual([
      ...range(1, 8),
      ...range(77, 100),
    ]);
    expect(seen).toEqual(range(1, 100));
    expect(rig.producer.metrics("RetriesPerRecord")[0]).toMatchObject({ count: 1, sum: 99 });
  });

  it("a try that may have succeeded is not forgotten with its place in the list", async () => {
    const outage = between((call) => numbered(call, { isAmbiguous: call === 20 }));
    const rig = newRig({ ...PATIENT, retry: { maxAttempts: 60 }, between: () => outage });
    await rig.clock.advance(0);
    const { attempts, mayHaveBeenWritten } = await detailsOf(rig);
    expect(attempts.some(({ failure }) => failure?.isAmbiguous)).toBe(false);
    expect(mayHaveBeenWritten).toBe(true);
  });

  it("a grace that lasts longer than the tries that are kept is kept all the same", async () => {
    const outage = between((call) => numbered(call, { kind: "denied" }));
    const rig = newRig({ ...PATIENT, retry: { authGraceMs: 600_000 }, between: () => outage });
    await rig.clock.advance(0);
    const failed = detailsOf(rig);
    const { attemptCount } = await failed;
    expect(attemptCount).toBe(rig.calls.length);
    const [first, last] = [rig.calls[0]?.atMs ?? NaN, rig.calls.at(-1)?.atMs ?? NaN];
    expect(last - first).toBeGreaterThanOrEqual(600_000);
    expect(last - first).toBeLessThan(602_000);
  });
});

it("records of an aggregate that is taken apart keep what they were through, in order and bounded", async () => {
  const triedWith: number[] = [];
  let calls = 0;
  const holds = ({ entries }: PutRecordsRequest, word: string): boolean =>
    entries.some(({ data }) => Buffer.from(data).includes(word));
  const rig = newRig({
    ...PATIENT,
    between: () => ({
      putRecords: (next, request, signal) => {
        calls += 1;
        if (holds(request, "good")) triedWith.push(calls);
        const isRefused = calls === 41 || !holds(request, "good");
        if (calls > 200 && !isRefused) return next(request, signal);
        const kind = isRefused ? "rejected" : "transient";
        return Promise.reject(failedCall(kind, { reason: `${calls}` }));
      },
    }),
  });
  await rig.clock.advance(0);
  const good = rig.producer.put({ partitionKey: "k", data: "good" });
  const poisoned = errorOf(rig.producer.put({ partitionKey: "k", data: "poison" }));
  await rig.clock.advance(1_000_000);

  const receipt = await good;
  expect(receipt.attemptCount).toBe(triedWith.length);
  expect(triedWith.length).toBeGreaterThan(100);
  const failed = triedWith.slice(0, -1);
  expect(numbersOf(receipt.attempts)).toEqual([
    ...failed.slice(0, 8),
    ...failed.slice(-23),
    undefined,
  ]);
  const { code, details } = await poisoned;
  expect(code).toBe("RECORD_REJECTED");
  expect(details).toMatchObject({ attemptCount: 42, mayHaveBeenWritten: false });
  expect(numbersOf((details as UndeliveredDetails).attempts).slice(0, -1)).toEqual([
    ...range(1, 8),
    ...range(19, 41),
  ]);
});
