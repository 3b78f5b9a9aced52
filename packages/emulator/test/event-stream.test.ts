import { Readable } from "node:stream";
import { KinesisClient } from "@aws-sdk/client-kinesis";
import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeHeaders, encodeMessage } from "../src/wire/event-stream.ts";
import { subscriptionMessages } from "../src/wire/subscription-messages.ts";
import { JSON_WIRE } from "../src/wire/wire-json.ts";
import { newEmulator } from "./support/emulator.ts";
import { decodeMessage, EventStreamDecoder, type Message } from "./support/event-stream-decoder.ts";
import { HORIZON, registerConsumer, subscribe } from "./support/fan-out.ts";
import { FIRST_SHARD, put, splitInHalf } from "./support/records.ts";

const JSON_TYPE = "application/x-amz-json-1.1";

test.each([
  ["empty", {}, "", "000000100000000005c248eb7d98c8ff"],
  [
    "without headers",
    {},
    "{'foo':'bar'}",
    "0000001d00000000fd528c5a7b27666f6f273a27626172277dc3653936",
  ],
  [
    "the first of a subscription",
    {
      ":message-type": "event",
      ":event-type": "initial-response",
      ":content-type": JSON_TYPE,
    },
    "{}",
    "0000007200000060ab820d9e" +
      "0d3a6d6573736167652d747970650700056576656e74" +
      "0b3a6576656e742d74797065070010696e697469616c2d726573706f6e7365" +
      "0d3a636f6e74656e742d7479706507001a6170706c69636174696f6e2f782d616d7a2d6a736f6e2d312e31" +
      "7b7de16e66e4",
  ],
  [
    "an exception with text beyond ASCII",
    {
      ":message-type": "exception",
      ":exception-type": "ResourceInUseException",
      ":content-type": JSON_TYPE,
    },
    '{"message":"é"}',
    "0000008e0000006ec1fe9dc5" +
      "0d3a6d6573736167652d74797065070009657863657074696f6e" +
      "0f3a657863657074696f6e2d747970650700165265736f75726365496e557365457863657074696f6e" +
      "0d3a636f6e74656e742d7479706507001a6170706c69636174696f6e2f782d616d7a2d6a736f6e2d312e31" +
      "7b226d657373616765223a22c3a9227d98303f27",
  ],
])("T41: a message that is %s has exactly the bytes of the format", (_, headers, payload, hex) => {
  expect(encodeMessage(encodeHeaders(headers), Buffer.from(payload)).toString("hex")).toBe(hex);
});

test("T41: what is encoded is decoded to the same, whatever headers and payload", () => {
  const headers = fc.dictionary(fc.string({ unit: "binary", maxLength: 60 }), fc.string(), {
    noNullPrototype: true,
  });
  fc.assert(
    fc.property(headers, fc.uint8Array(), (given, payload) => {
      const message = decodeMessage(encodeMessage(encodeHeaders(given), payload));
      expect(message).toEqual({ headers: given, payload: Buffer.from(payload) });
    }),
    { examples: [[JSON.parse('{"__proto__":"x"}'), Uint8Array.of()]] },
  );
});

test("T41: a message with any one bit changed is not decoded", () => {
  const message = encodeMessage(encodeHeaders({ ":event-type": "x" }), Buffer.from("{}"));
  for (let bit = 32; bit < message.length * 8; bit += 1) {
    const changed = Buffer.from(message);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(() => decodeMessage(changed)).toThrow();
  }
});

/** The bytes of a whole subscription: its first message, records, the end of the shard. */
async function wholeSubscription(): Promise<Buffer> {
  const emulator = newEmulator({ streams: { s: 1 } });
  const arn = await registerConsumer(emulator);
  const messages: Buffer[] = [];
  const reading = (async () => {
    const events = await subscribe(emulator, arn, HORIZON);
    for await (const message of subscriptionMessages(events, JSON_WIRE)) messages.push(message);
  })();
  await put(emulator, "x", { PartitionKey: 'é"\\' });
  await emulator.clock.advance(5000);
  await splitInHalf(emulator, FIRST_SHARD);
  await reading;
  expect(messages).toHaveLength(4);
  return Buffer.concat(messages);
}

/** Buffers take long to compare. */
function shown({ headers, payload }: Message): string {
  return `${JSON.stringify(headers)} ${payload.toString()}`;
}

test("T41: a subscription is decoded wherever its bytes are split", async () => {
  const bytes = await wholeSubscription();
  const whole = new EventStreamDecoder().push(bytes);
  expect(whole.map(({ headers }) => headers)).toEqual(
    ["initial-response", ...Array.from({ length: 3 }, () => "SubscribeToShardEvent")].map(
      (type) => ({
        ":message-type": "event",
        ":event-type": type,
        ":content-type": JSON_TYPE,
      }),
    ),
  );
  const events = whole.map(({ payload }) => JSON.parse(payload.toString()) as object);
  expect(events).toEqual([
    {},
    {
      Records: [
        {
          SequenceNumber: expect.any(String),
          ApproximateArrivalTimestamp: 1_700_000_000.001,
          Data: "eA==",
          PartitionKey: 'é"\\',
        },
      ],
      ContinuationSequenceNumber: expect.any(String),
      MillisBehindLatest: 0,
    },
    { Records: [], ContinuationSequenceNumber: expect.any(String), MillisBehindLatest: 0 },
    { Records: [], MillisBehindLatest: 0, ChildShards: [expect.anything(), expect.anything()] },
  ]);
  for (let at = 0; at <= bytes.length; at += 1) {
    const decoder = new EventStreamDecoder();
    const messages = [...decoder.push(bytes.subarray(0, at)), ...decoder.push(bytes.subarray(at))];
    expect(messages.map(shown)).toEqual(whole.map(shown));
    expect(decoder.pendingBytes).toBe(0);
  }
});

test("T41: the decoder of the AWS SDK reads the same out of a subscription, wherever its bytes are split", async () => {
  const bytes = await wholeSubscription();
  const expected = new EventStreamDecoder()
    .push(bytes)
    .map(({ headers, payload }) => [headers[":event-type"], payload.toString()]);
  const client = new KinesisClient({ region: "us-east-1" });
  const { eventStreamMarshaller } = client.config;
  for (let at = 0; at <= bytes.length; at += 1) {
    const pieces = Readable.from([bytes.subarray(0, at), bytes.subarray(at)]);
    const decoded: unknown[] = [];
    const events = eventStreamMarshaller.deserialize(pieces, async (event) => event);
    for await (const event of events) {
      for (const [type, { body }] of Object.entries(event)) {
        decoded.push([type, Buffer.from(body).toString()]);
      }
    }
    expect(decoded).toEqual(expected);
  }
});

test("an exception is the last message of a subscription, in the form of the request", async () => {
  const emulator = newEmulator({ streams: { s: 1 } });
  const arn = await registerConsumer(emulator);
  const events = await subscribe(emulator, arn, HORIZON);
  const messages = subscriptionMessages(events, JSON_WIRE);
  await messages.next();
  const last = messages.next();
  await emulator.call("DeregisterStreamConsumer", { ConsumerARN: arn });
  await emulator.clock.advance(1);
  const { value } = await last;
  const { headers, payload } = decodeMessage(value as Buffer);
  expect(headers).toEqual({
    ":message-type": "exception",
    ":exception-type": "ResourceNotFoundException",
    ":content-type": JSON_TYPE,
  });
  expect(JSON.parse(payload.toString())).toEqual({
    message: expect.stringContaining("Consumer c"),
  });
  expect(await messages.next()).toEqual({ done: true, value: undefined });
});
