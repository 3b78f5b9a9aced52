// One producer for many streams: what they share and what they do not.
import { describe, expect, it } from "vitest";
import type { StreamRef, UserRecord } from "@shardline/core";
import { drive } from "./support/drive.ts";
import { failedCall, slow } from "./support/failures.ts";
import { readAsKcl } from "./support/kcl-reader.ts";
import { errorOf, newRig, type Rig, STREAM, watch } from "./support/rig.ts";

const OTHER = "clicks";
const ARN = "arn:aws:kinesis:us-east-1:000000000000:stream/clicks";

const record = (data: string, stream?: string): UserRecord => ({
  partitionKey: "k",
  data,
  ...(stream === undefined ? {} : { stream }),
});

async function newWideRig(options: Parameters<typeof newRig>[0] = {}): Promise<Rig> {
  const rig = newRig(options);
  const { signal } = new AbortController();
  const stream = { name: OTHER };
  await drive(rig, rig.kinesis.createStream({ stream, shardCount: 2 }, signal));
  await rig.clock.advance(5000);
  return rig;
}

function dataIn(rig: Rig, stream: string): string[] {
  return readAsKcl(rig.emulator.inspect(stream)).map(({ data }) => data);
}

describe("a producer", () => {
  it("puts each record into the stream that it names, and else into its own", async () => {
    const rig = await newWideRig();
    const puts = ["a", "b", "c", "d"].map((data, i) =>
      rig.producer.put(record(data, [undefined, OTHER, STREAM, ARN][i])),
    );
    await drive(rig, Promise.all(puts));
    expect(dataIn(rig, STREAM).sort()).toEqual(["a", "c"]);
    expect(dataIn(rig, OTHER).sort()).toEqual(["b", "d"]);
  });

  it("without a stream of its own refuses a record that names none, and one that names nonsense", async () => {
    const rig = newRig({ stream: undefined as unknown as string });
    await expect(rig.producer.put(record("x"))).rejects.toMatchObject({
      code: "INVALID_RECORD",
      details: { field: "stream" },
      message:
        "put rejected: the record has no stream: name one in it, or in the producer's options",
    });
    await expect(rig.producer.put(record("x", "a b"))).rejects.toMatchObject({
      message: "put rejected: the record's stream is neither the name nor the ARN of one",
    });
  });

  it("sends the id of its own stream with every call for it, and with none for another", async () => {
    const streamId = "0123456789abcdefghij-abc";
    const seen: string[] = [];
    const note = (operation: string, { id, name }: StreamRef): void => {
      const call = `${operation} ${name} ${id}`;
      if (!seen.includes(call)) seen.push(call);
    };
    const rig = await newWideRig({
      streamId,
      between: () => ({
        describeStreamSummary: (next, request, signal) => {
          note("describe", request.stream);
          return next(request, signal);
        },
        listShards: (next, request, signal) => {
          note("list", request.stream);
          return next(request, signal);
        },
        putRecords: (next, request, signal) => {
          note("put", request.stream);
          return next(request, signal);
        },
        rehearsePutRecords: (next, request, signal) => {
          note("rehearse", request.stream);
          return next(request, signal);
        },
      }),
    });
    const puts = [undefined, STREAM, OTHER].map((stream) => rig.producer.put(record("x", stream)));
    await drive(rig, Promise.all(puts));
    await drive(rig, rig.producer.checkAccess({ stream: STREAM }));
    await drive(rig, rig.producer.checkAccess({ stream: OTHER }));
    expect(seen.sort()).toEqual(
      ["describe", "list", "put", "rehearse"].flatMap((operation) => [
        `${operation} ${OTHER} undefined`,
        `${operation} ${STREAM} ${streamId}`,
      ]),
    );
  });

  it("flushes one stream or all of them", async () => {
    const rig = await newWideRig({ batch: { maxDelayMs: 60_000 }, recordTtlMs: 600_000 });
    for (const data of ["first", "second"]) {
      void rig.producer.put(record(data));
      void rig.producer.put(record(data, OTHER));
      await drive(rig, rig.producer.flush());
    }
    const own = watch(rig.producer.put(record("a")));
    const other = watch(rig.producer.put(record("b", OTHER)));
    await rig.clock.advance(10);
    expect(await drive(rig, rig.producer.flush({ stream: OTHER }))).toEqual({
      stored: 1,
      failed: 0,
    });
    expect([own().kind, other().kind]).toEqual(["pending", "resolved"]);
    expect(await drive(rig, rig.producer.flush())).toEqual({ stored: 1, failed: 0 });
    expect(own().kind).toBe("resolved");
    expect(await rig.producer.flush({ stream: "never-used" })).toEqual({ stored: 0, failed: 0 });
    await expect(rig.producer.flush({ stream: "a b" })).rejects.toMatchObject({
      code: "INVALID_RECORD",
      message: "flush rejected: the call's stream is neither the name nor the ARN of one",
    });
  });

  it("flushes a stream whichever of its names it is called by", async () => {
    const rig = await newWideRig({ batch: { maxDelayMs: 60_000 }, recordTtlMs: 600_000 });
    for (const [put, flushed] of [
      [OTHER, ARN],
      [ARN, OTHER],
      [undefined, ARN.replace(OTHER, STREAM)],
    ] as const) {
      const receipt = watch(rig.producer.put(record("x", put)));
      const flush = rig.producer.flush({ stream: flushed });
      expect(await drive(rig, flush)).toEqual({ stored: 1, failed: 0 });
      expect(receipt().kind).toBe("resolved");
    }
    const elsewhere = ARN.replace("000000000000", "111122223333");
    const other = watch(rig.producer.put(record("x", ARN)));
    expect(await drive(rig, rig.producer.flush({ stream: elsewhere }))).toEqual({
      stored: 0,
      failed: 0,
    });
    expect(other().kind).toBe("pending");
  });

  it("closes them all, and counts over all of them what was stored and what was abandoned", async () => {
    const rig = await newWideRig({
      between: () => ({
        putRecords: (next, request, signal) =>
          request.stream.name === OTHER
            ? Promise.reject(failedCall("unreachable"))
            : next(request, signal),
      }),
    });
    watch(rig.producer.put(record("a")));
    const failed = errorOf(rig.producer.put(record("b", OTHER)));
    const summary = await drive(rig, rig.producer.close({ timeoutMs: 2000 }));
    expect(summary).toMatchObject({ stored: 1, failed: 1 });
    // Whoever puts it again must know into which stream.
    const copy = { ...record("", OTHER), data: new Uint8Array(Buffer.from("b")) };
    expect(summary.abandoned).toEqual([copy]);
    expect((await failed).details).toMatchObject({ record: copy });
  });

  it("lets a stream in trouble delay no other, as long as the buffer has room", async () => {
    const rig = await newWideRig({
      between: () => ({
        putRecords: (next, request, signal) =>
          request.stream.name === OTHER
            ? Promise.reject(failedCall("unreachable"))
            : next(request, signal),
      }),
    });
    for (let i = 0; i < 50; i += 1) watch(rig.producer.put(record(`${i}`, OTHER)));
    const put = watch(rig.producer.put(record("a")));
    await rig.clock.advance(200);
    expect(put().kind).toBe("resolved");
  });

  it("A-backpressure: shares one buffer among them, and lets waiting records in whatever they are for", async () => {
    const rig = await newWideRig({ buffer: { maxRecords: 1 } });
    const puts = [record("a"), record("b", OTHER), record("c"), record("d", OTHER)].map((each) =>
      rig.producer.put(each),
    );
    await drive(rig, Promise.all(puts));
    expect(dataIn(rig, STREAM)).toEqual(["a", "c"]);
    expect(dataIn(rig, OTHER)).toEqual(["b", "d"]);
  });

  it("R-ttl-queue: expires records that wait behind another stream's", async () => {
    const rig = await newWideRig({
      buffer: { maxRecords: 1 },
      recordTtlMs: 1000,
      between: () => ({ putRecords: () => Promise.reject(failedCall("unreachable")) }),
    });
    const outcomes = [record("a"), record("b", OTHER)].map((each) => watch(rig.producer.put(each)));
    await rig.clock.advance(1100);
    expect(outcomes.map((outcome) => outcome())).toMatchObject([
      { kind: "rejected", error: { code: "RECORD_EXPIRED" } },
      { kind: "rejected", error: { code: "RECORD_EXPIRED" } },
    ]);
  });
});

describe("the slots for calls", () => {
  it("are shared by all streams in turns: one with much to send does not keep another waiting", async () => {
    let underWay = 0;
    let most = 0;
    const order: string[] = [];
    const rig = await newWideRig({
      maxInFlightRequests: 2,
      aggregation: false,
      rateLimit: false,
      batch: { maxDelayMs: 0, maxRecords: 1 },
      between: ({ clock }) => ({
        putRecords: async (next, request, signal) => {
          underWay += 1;
          most = Math.max(most, underWay);
          order.push(request.stream.name);
          const answer = await slow(clock, 10)(next, request, signal);
          underWay -= 1;
          return answer;
        },
      }),
    });
    const [many, few] = [STREAM, OTHER].map((stream, i) =>
      Array.from({ length: i === 0 ? 60 : 10 }, () => watch(rig.producer.put(record("x", stream)))),
    );
    await rig.clock.advance(120);
    expect(few?.every((outcome) => outcome().kind === "resolved")).toBe(true);
    expect(new Set(order.slice(2, 6))).toEqual(new Set([STREAM, OTHER]));
    await rig.clock.advance(1000);
    expect(many?.every((outcome) => outcome().kind === "resolved")).toBe(true);
    expect([most, order.length]).toEqual([2, 70]);
  });
});
