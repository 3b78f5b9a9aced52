import { KinesisError, type UserRecord } from "@shardline/core";
import type { PutOutcome } from "@shardline/producer";
import { describe, expect, it } from "vitest";
import { drive } from "../support/drive.ts";
import { failedCall, failureOf, refusing, slow } from "../support/failures.ts";
import { newRig } from "../support/rig.ts";

const record = (i: number): UserRecord => ({ partitionKey: `k${i % 7}`, data: `${i}` });

interface Source {
  pulled: number;
  returned: boolean;
  readonly records: AsyncGenerator<UserRecord>;
}

function newSource(count: number): Source {
  const source = { pulled: 0, returned: false, records: undefined as unknown };
  async function* generate(): AsyncGenerator<UserRecord> {
    try {
      for (let i = 0; i < count; i += 1) {
        source.pulled += 1;
        yield record(i);
      }
    } finally {
      source.returned = true;
    }
  }
  source.records = generate();
  return source as Source;
}

async function collect(outcomes: AsyncIterable<PutOutcome>): Promise<PutOutcome[]> {
  const all: PutOutcome[] = [];
  for await (const outcome of outcomes) all.push(outcome);
  return all;
}

const dataOf = ({ record: { data } }: PutOutcome): unknown => data;
const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => `${i}`);

describe("A-putmany: putMany", () => {
  it("of an async generator of 100,000 answers in the order of the input", async () => {
    const rig = newRig({
      shards: 4,
      rateLimit: false,
      between: ({ clock }) => ({ putRecords: slow(clock, 20) }),
    });
    const { records } = newSource(100_000);
    const outcomes = await drive(rig, collect(rig.producer.putMany(records)));
    expect(outcomes.map(dataOf)).toEqual(numbers(100_000));
    expect(outcomes.every(({ kind }) => kind === "stored")).toBe(true);
  });

  it("never takes for stored what transform threw", async () => {
    const rig = newRig({
      transform: (given) => {
        if (given.data === "1") throw new TypeError("no schema");
        return given;
      },
    });
    const outcomes = await drive(rig, collect(rig.producer.putMany([0, 1, 2].map(record))));
    expect(outcomes.map(({ kind }) => kind)).toEqual(["stored", "failed", "stored"]);
    expect(outcomes[1]).toMatchObject({ error: { code: "TRANSFORM_FAILED" } });
  });

  it("refuses options that cannot be", () => {
    const { producer } = newRig();
    const window = Number.NaN;
    const options = { window, signal: {} as AbortSignal, windows: 1 };
    expect(() => producer.putMany([], options)).toThrow(
      "putMany refused its options: windows is not an option; did you mean window?; " +
        "signal must be an AbortSignal, got an object; window must be a number from 1 to Infinity, got NaN",
    );
    expect(() => producer.putMany([], { window: 0 })).toThrow("window must be a number from 1");
  });

  it("of an array answers the same, failures in their places", async () => {
    const rig = newRig({
      aggregation: false,
      between: () => ({
        putRecords: refusing(({ data }) =>
          Buffer.from(data).toString() === "3" ? failureOf("rejected") : undefined,
        ),
      }),
    });
    const records = [record(0), { partitionKey: "", data: "1" }, record(2), record(3), record(4)];
    const outcomes = await drive(rig, collect(rig.producer.putMany(records)));
    expect(outcomes.map(dataOf)).toEqual(numbers(5));
    expect(outcomes.map((each) => (each.kind === "failed" ? each.error.code : each.kind))).toEqual([
      "stored",
      "INVALID_RECORD",
      "stored",
      "RECORD_REJECTED",
      "stored",
    ]);
  });

  it("pulls no further ahead than the window", async () => {
    const rig = newRig({ between: ({ clock }) => ({ putRecords: slow(clock, 50) }) });
    const source = newSource(1000);
    const outcomes = rig.producer.putMany(source.records, { window: 10 });
    await rig.clock.advance(1000);
    expect(source.pulled).toBe(0);
    const first = drive(rig, outcomes.next());
    expect((await first).value).toMatchObject({ record: record(0) });
    await rig.clock.advance(1000);
    expect(source.pulled).toBeLessThanOrEqual(12);
    await outcomes.return?.();
  });

  it("pulls no further ahead than the buffer has room", async () => {
    const rig = newRig({
      buffer: { maxRecords: 5 },
      between: ({ clock }) => ({ putRecords: slow(clock, 1000) }),
    });
    const source = newSource(1000);
    const outcomes = rig.producer.putMany(source.records);
    const first = outcomes.next();
    await rig.clock.advance(500);
    expect(source.pulled).toBeLessThanOrEqual(6);
    await drive(rig, first);
    await outcomes.return?.();
  });

  it("stops pulling when the loop is left, and tells the source", async () => {
    const rig = newRig();
    const source = newSource(100_000);
    const leave = async (): Promise<void> => {
      for await (const outcome of rig.producer.putMany(source.records, { window: 100 })) {
        if (dataOf(outcome) === "20") return;
      }
    };
    await drive(rig, leave());
    await rig.clock.advance(1000);
    const { pulled } = source;
    expect(pulled).toBeLessThan(1000);
    await rig.clock.advance(10_000);
    expect([source.pulled, source.returned]).toEqual([pulled, true]);
  });

  it("does not let the last records wait for company", async () => {
    const rig = newRig({ batch: { maxDelayMs: 60_000 }, recordTtlMs: 1_000_000 });
    await rig.clock.advance(0);
    const outcomes = collect(rig.producer.putMany([record(0), record(1)]));
    await rig.clock.advance(0);
    expect(rig.calls).toHaveLength(1);
    expect(await outcomes).toHaveLength(2);
  });

  it("throws what the source throws after the outcomes before it", async () => {
    const rig = newRig();
    const reason = new Error("the file ended early");
    function* failing(): Generator<UserRecord> {
      yield record(0);
      yield record(1);
      throw reason;
    }
    const seen: unknown[] = [];
    const read = async (): Promise<void> => {
      for await (const outcome of rig.producer.putMany(failing())) seen.push(dataOf(outcome));
    };
    await drive(rig, expect(read()).rejects.toBe(reason));
    expect(seen).toEqual(["0", "1"]);
  });

  it("rejects with the reason of its signal, and what was put goes on", async () => {
    const rig = newRig({ between: ({ clock }) => ({ putRecords: slow(clock, 100) }) });
    const stop = new AbortController();
    const reason = new Error("enough");
    const work = collect(rig.producer.putMany([record(0)], { signal: stop.signal }));
    const rejected = expect(work).rejects.toBe(reason);
    await rig.clock.advance(10);
    stop.abort(reason);
    await rejected;
    expect(await drive(rig, rig.producer.flush())).toEqual({ stored: 1, failed: 0 });
    expect(rig.read()).toHaveLength(1);
  });

  it.each([0, -1, Number.NaN])("refuses a window of %d", (window) => {
    const { producer } = newRig();
    expect(() => producer.putMany([], { window })).toThrow(/window/);
  });

  it("throws nothing any more once it was left", async () => {
    const rig = newRig();
    const outcomes = rig.producer.putMany(
      (function* () {
        yield record(1);
        throw new Error("of the source");
      })(),
    );
    await drive(rig, outcomes.next());
    await outcomes.return?.();
    expect(await outcomes.next()).toEqual({ done: true, value: undefined });
  });

  it("throws what the source throws, even if that is nothing", async () => {
    const rig = newRig();
    const outcomes = rig.producer.putMany({
      [Symbol.iterator]: () => ({
        next: () => {
          throw undefined;
        },
      }),
    });
    await expect(outcomes.next()).rejects.toBeUndefined();
  });

  it("answers several calls of next in their order, and says more than once that it is over", async () => {
    const rig = newRig();
    const outcomes = rig.producer.putMany([record(0), record(1)]);
    const results = [outcomes.next(), outcomes.next(), outcomes.next(), outcomes.next()];
    const all = await drive(rig, Promise.all(results));
    expect(
      all.map(({ done, value }) => (done === true ? done : dataOf(value as PutOutcome))),
    ).toEqual(["0", "1", true, true]);
    expect(await outcomes.next()).toEqual({ done: true, value: undefined });
  });

  it("ends when the producer is closed under it, with the error in the outcomes", async () => {
    const rig = newRig({
      between: () => ({ putRecords: () => Promise.reject(failedCall("unreachable")) }),
    });
    const work = collect(rig.producer.putMany([record(0), record(1)]));
    await rig.clock.advance(10);
    await drive(rig, rig.producer.close({ timeoutMs: 10 }));
    const outcomes = await work;
    expect(
      outcomes.map(
        (each) => each.kind === "failed" && KinesisError.is(each.error, "PRODUCER_CLOSED"),
      ),
    ).toEqual([true, true]);
  });
});
