// Event streams out of bytes: whatever arrives is read as it was sent, or not at all.
import { crc32 } from "node:zlib";
import { EventStreamCodec } from "@smithy/core/event-streams";
import type { SubscriptionEvent } from "@shardline/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { failureOfError } from "@shardline/aws";
import { BodyPool } from "../src/wire/body-pool.ts";
import { readFrame } from "../src/wire/event-frame.ts";
import { FrameAssembler } from "../src/wire/frame-assembler.ts";
import { eventsOf } from "../src/wire/wire-subscription.ts";
import {
  event,
  exceptionMessage,
  framed,
  INITIAL,
  message,
  recordsEvent,
} from "./support/event-messages.ts";

interface Read {
  readonly events: readonly SubscriptionEvent[];
  readonly error: unknown;
}

const pool = new BodyPool();

async function read(pieces: Iterable<Uint8Array>): Promise<Read> {
  async function* each(): AsyncGenerator<Uint8Array> {
    yield* pieces;
  }
  const events: SubscriptionEvent[] = [];
  try {
    for await (const one of eventsOf(each(), new FrameAssembler(pool))) events.push(one);
    return { events, error: undefined };
  } catch (error) {
    return { events, error };
  }
}

function cut(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0, i = 0; at < bytes.length; i += 1) {
    const size = sizes[i % sizes.length] ?? 1;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

const MESSAGES = [
  INITIAL,
  recordsEvent(1, "a"),
  event({ Records: [], ContinuationSequenceNumber: "7", MillisBehindLatest: 3 }),
  recordsEvent(10, "x".repeat(2000), "", "y".repeat(900)),
];
const STREAM = Buffer.concat(MESSAGES);
const ENDS = MESSAGES.map((_, i) => Buffer.concat(MESSAGES.slice(0, i + 1)).length);
const WHOLE = await read([STREAM]);

test("events are read with their records, their lag and the number to go on with", () => {
  expect(WHOLE.error).toBeUndefined();
  expect(WHOLE.events.map(({ next }) => next)).toEqual(
    ["2", "7", "13"].map((sequenceNumber) => ({ kind: "continuation", sequenceNumber })),
  );
  expect(WHOLE.events[0]).toMatchObject({
    records: [
      {
        sequenceNumber: "1",
        partitionKey: "k",
        data: new Uint8Array(Buffer.from("a")),
        arrivedAtMs: 1_700_000_000_500,
      },
    ],
    millisBehindLatest: 0,
  });
  expect(WHOLE.events[1]?.millisBehindLatest).toBe(3);
});

test("pieces may be cut anywhere", async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(sizes, async (some) => {
      expect(await read(cut(STREAM, some))).toEqual(WHOLE);
    }),
  );
  expect(await read(cut(STREAM, [1]))).toEqual(WHOLE);
});

test("one flipped bit anywhere is found out before anything of its message is told", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(STREAM.length * 8 - 1), async (bit) => {
      const bytes = Buffer.from(STREAM);
      bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      const { error, events } = await read(cut(bytes, [500]));
      expect(events).toEqual(WHOLE.events.slice(0, events.length));
      expect(events.length).toBeLessThanOrEqual(ENDS.filter((end) => end <= bit >> 3).length);
      expect(failureOfError(error)).toMatchObject({
        kind: "transient",
        awsName: "UnreadableAnswer",
      });
    }),
    { numRuns: 500 },
  );
});

test("a stream that ends within a message is broken, and between two it has ended", async () => {
  for (let length = 0; length < STREAM.length; length += length < 400 ? 1 : 13) {
    const { error, events } = await read([STREAM.subarray(0, length)]);
    const whole = ENDS.filter((end) => end <= length).length;
    expect(events).toEqual(WHOLE.events.slice(0, Math.max(0, whole - 1)));
    expect(error === undefined, `${length}`).toBe(length === 0 || ENDS.includes(length));
  }
});

test("anything else is refused, and at once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (bytes) => {
      const { error, events } = await read([bytes, bytes]);
      expect(events).toEqual([]);
      expect(failureOfError(error)).toMatchObject({ awsName: "UnreadableAnswer" });
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1 }), fc.uint8Array(), async (headers, payload) => {
      const { error, events } = await read([framed(headers, payload)]);
      expect(events).toEqual([]);
      expect(failureOfError(error).kind).toBe("transient");
    }),
  );
});

test("a length beyond all bounds is refused before there is memory for it", async () => {
  const huge = Buffer.from(framed(Buffer.alloc(0), Buffer.alloc(0)));
  for (const bytes of [33 * 1024 * 1024, 0xffff_ffff, 15, 0]) {
    const prelude = framed(Buffer.alloc(0), Buffer.alloc(0)).subarray(0, 12);
    prelude.writeUInt32BE(bytes, 0);
    prelude.writeUInt32BE(crc32(prelude.subarray(0, 8)), 8);
    expect(failureOfError((await read([prelude, huge])).error)).toMatchObject({
      awsName: "UnreadableAnswer",
    });
  }
});

test("headers of every type are passed, as the SDK writes them", () => {
  const utf8 = new TextEncoder();
  const codec = new EventStreamCodec(
    (bytes) => Buffer.from(bytes as Uint8Array).toString(),
    (text) => utf8.encode(text),
  );
  const frame = codec.encode({
    headers: {
      yes: { type: "boolean", value: true },
      no: { type: "boolean", value: false },
      byte: { type: "byte", value: -1 },
      short: { type: "short", value: 300 },
      integer: { type: "integer", value: 70_000 },
      binary: { type: "binary", value: new Uint8Array([1, 2, 3]) },
      timestamp: { type: "timestamp", value: new Date(0) },
      uuid: { type: "uuid", value: "00000000-0000-0000-0000-000000000001" },
      ключ: { type: "string", value: "значение" },
    },
    body: new Uint8Array([9, 8]),
  });
  const { headers, payload } = readFrame(Buffer.from(frame));
  expect([...headers]).toEqual([["ключ", "значение"]]);
  expect([...payload]).toEqual([9, 8]);
});

describe("what is no event of records", () => {
  test("events of unknown names say nothing about records", async () => {
    const { error, events } = await read([event({ what: 1 }, "SomethingNew"), STREAM]);
    expect([events, error]).toEqual([WHOLE.events, undefined]);
  });

  test.each<[string, Buffer, object]>([
    [
      "the service's exception",
      exceptionMessage("ResourceInUseException", "taken"),
      { kind: "busy", awsName: "ResourceInUseException", reason: "taken", isAmbiguous: false },
    ],
    [
      "an exception that nobody knows",
      exceptionMessage("SomethingNewException", "new"),
      { kind: "transient", awsName: "SomethingNewException", reason: "new", isAmbiguous: true },
    ],
    [
      "an exception whose text cannot be read",
      message({ ":message-type": "exception", ":exception-type": "KMSDisabledException" }, "{"),
      { kind: "denied", awsName: "KMSDisabledException", isAmbiguous: false },
    ],
    [
      "an error without a model",
      message(
        {
          ":message-type": "error",
          ":error-code": "InternalFailure",
          ":error-message": "broken",
        },
        "",
      ),
      { kind: "transient", awsName: "InternalFailure", reason: "broken", isAmbiguous: true },
    ],
    [
      "a message of an unknown type",
      message({ ":message-type": "news" }, "{}"),
      { kind: "transient", awsName: "AnswerMismatch" },
    ],
    [
      "an event without records",
      event({ ContinuationSequenceNumber: "1" }),
      { kind: "transient", awsName: "AnswerMismatch" },
    ],
    [
      "an event without a way on",
      event({ Records: [], MillisBehindLatest: 0 }),
      { kind: "transient", awsName: "AnswerMismatch" },
    ],
    [
      "an event that is no JSON",
      message(
        { ":message-type": "event", ":event-type": "SubscribeToShardEvent" },
        '{"Records":[secret',
      ),
      {
        kind: "transient",
        awsName: "UnreadableAnswer",
        reason: "the body of an HTTP 200 answer is not readable",
      },
    ],
  ])("%s ends the events that came before it", async (_what, bad, failure) => {
    const { error, events } = await read([STREAM, bad, STREAM]);
    expect(events).toEqual(WHOLE.events);
    expect(failureOfError(error)).toMatchObject(failure);
  });
});
