// What no honest client sends, in both forms of the protocol and without a socket in between: every request is
// answered by a modelled exception or by success, never by a failure of the emulator's own, and the next one is served.
import { apiFailureOf } from "@shardline/core";
import { SeededRandom, VirtualClock } from "@shardline/core/testing";
import { createRequestHandler, Emulator, type RequestHandler } from "@shardline/emulator";
import { decode, encode } from "cborg";
import fc, { type Arbitrary } from "fast-check";
import { expect, test } from "vitest";
import { OPERATIONS } from "../src/operations.ts";
import { inputs } from "./support/odd-inputs.ts";

interface Form {
  readonly contentType: string;
  readonly write: (input: unknown) => Buffer;
  readonly read: (body: Uint8Array) => unknown;
}

const JSON_FORM: Form = {
  contentType: "application/x-amz-json-1.1",
  write: (input) =>
    Buffer.from(
      JSON.stringify(input, (_name, value: { type?: string; data?: number[] } | null) =>
        value?.type === "Buffer" ? Buffer.from(value.data ?? []).toString("base64") : value,
      ),
    ),
  read: (body) => (body.length === 0 ? undefined : JSON.parse(Buffer.from(body).toString())),
};

const CBOR_FORM: Form = {
  contentType: "application/x-amz-cbor-1.1",
  write: (input) => Buffer.from(encode(input, { ignoreUndefinedProperties: true })),
  read: (body) => decode(body, { tags: { 1: (content: () => unknown) => content() } }),
};

const StreamName = "s";
const StreamARN = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
const ShardId = "shardId-000000000000";
/** How the answer to a call may be named where it is no success. */
const MODELLED = /^\w+Exception$/;

interface Fuzzed {
  readonly emulator: Emulator;
  readonly clock: VirtualClock;
  readonly handler: RequestHandler;
  /** Puts what this emulator handed out in the place of its name. */
  readonly fill: (input: unknown) => unknown;
}

/** Every setting that there is can be had by one of them. */
const STREAMS = { s: 2, t: { shards: 2, distribution: "AUTO" } } as const;
const COMMITTED = { MinimumThroughputBillingCommitment: { Status: "ENABLED" } };

/** Runs with a stream of two shards that holds records, and a consumer that can subscribe. */
async function withEmulator(use: (fuzzed: Fuzzed) => Promise<void>): Promise<void> {
  const clock = new VirtualClock(1e12);
  const options = { limits: "aws", streams: STREAMS } as const;
  using emulator = new Emulator({ clock, random: new SeededRandom(1), ...options });
  const call = async (operation: string, input: object): Promise<Record<string, unknown>> =>
    (await emulator.call(operation, { StreamName, ...input })) as Record<string, unknown>;
  await call("UpdateAccountSettings", COMMITTED);
  const { Consumer } = await call("RegisterStreamConsumer", { StreamARN, ConsumerName: "c" });
  await clock.advance(10);
  const put = await call("PutRecord", { PartitionKey: "k", Data: "aGk=", ExplicitHashKey: "0" });
  const start = { ShardId, ShardIteratorType: "TRIM_HORIZON" };
  const handedOut: Readonly<Record<string, unknown>> = {
    $consumer: (Consumer as { ConsumerARN: string }).ConsumerARN,
    $sequence: put["SequenceNumber"],
    $iterator: (await call("GetShardIterator", start))["ShardIterator"],
    $token: (await call("ListShards", { MaxResults: 1 }))["NextToken"],
  };
  const fill = (value: unknown): unknown => {
    if (typeof value === "string" && Object.hasOwn(handedOut, value)) return handedOut[value];
    if (!isPlain(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, fill(member)]));
  };
  await use({ emulator, clock, handler: createRequestHandler(emulator), fill });
}

function isPlain(value: unknown): value is object {
  return (
    typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}

async function ask(
  { handler }: Fuzzed,
  operation: string,
  body: Buffer,
  form: Form,
): Promise<{ status: number; output: unknown }> {
  const { response } = await handler.handle({
    method: "POST",
    path: "/",
    headers: {
      "content-type": form.contentType,
      "x-amz-target": `Kinesis_20131202.${operation}`,
    },
    body,
  });
  const { statusCode: status, body: answer } = response;
  if (answer instanceof Uint8Array) return { status, output: form.read(answer) };
  answer.destroy();
  return { status, output: undefined };
}

async function expectModelled(
  fuzzed: Fuzzed,
  operation: string,
  body: Buffer,
  form: Form,
): Promise<void> {
  const { status, output } = await ask(fuzzed, operation, body, form);
  if (status === 200) return;
  const said = `${operation}: ${JSON.stringify(output)}`;
  expect(output, said).toMatchObject({ __type: expect.stringMatching(MODELLED) });
  expect(status, said).toBe(400);
}

/** A valid call after that, as soon as the limits let one through. */
async function expectAlive(fuzzed: Fuzzed): Promise<void> {
  await fuzzed.clock.advance(1000);
  const { status, output } = await ask(fuzzed, "ListStreams", Buffer.from("{}"), JSON_FORM);
  expect([status, output]).toMatchObject([200, { StreamNames: expect.any(Array) }]);
}

const operations = fc.constantFrom(...OPERATIONS.keys());
const FORMS = { json: JSON_FORM, cbor: CBOR_FORM };
const forms = fc.constantFrom<keyof typeof FORMS>("json", "cbor");
const pauses = fc.constantFrom(0, 0, 0, 1, 1000, 301_000, 90_000_000);

/** Some bytes of a body replaced by others, cut off or said twice. */
const damages: Arbitrary<(body: Buffer) => Buffer> = fc
  .record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    bytes: fc.uint8Array({ maxLength: 4 }),
    kind: fc.constantFrom("replace", "insert", "cut", "repeat"),
  })
  .map(({ at, bytes, kind }) => (body: Buffer): Buffer => {
    const index = Math.floor(at * body.length);
    const [head, tail] = [body.subarray(0, index), body.subarray(index)];
    if (kind === "cut") return head;
    if (kind === "repeat") return Buffer.concat([head, tail, tail]);
    return Buffer.concat([head, bytes, tail.subarray(kind === "replace" ? bytes.length : 0)]);
  });

test("any input to any operation, in any order, is served or refused by a modelled exception", async () => {
  const calls = fc.array(fc.tuple(operations, inputs, forms, pauses), {
    minLength: 1,
    maxLength: 12,
  });
  await fc.assert(
    fc.asyncProperty(calls, async (sequence) => {
      await withEmulator(async (fuzzed) => {
        for (const [operation, input, form, pauseMs] of sequence) {
          const { write } = FORMS[form];
          await expectModelled(fuzzed, operation, write(fuzzed.fill(input)), FORMS[form]);
          await fuzzed.clock.advance(pauseMs);
        }
        await expectAlive(fuzzed);
      });
    }),
    { numRuns: 500 },
  );
});

test("the same inputs in the process fail with nothing but failures of the call", async () => {
  const calls = fc.array(fc.tuple(operations, fc.oneof(inputs, fc.anything())), { maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(calls, async (sequence) => {
      await withEmulator(async ({ emulator, fill }) => {
        for (const [operation, input] of sequence) {
          const failed = await emulator.call(operation, fill(input)).then(
            () => undefined,
            (error: unknown) => apiFailureOf(error) ?? Promise.reject(error),
          );
          if (failed !== undefined) expect(failed.awsName).toMatch(MODELLED);
        }
      });
    }),
    { numRuns: 500 },
  );
});

test("damaged bodies are served or refused by a modelled exception", async () => {
  await withEmulator(async (fuzzed) => {
    await fc.assert(
      fc.asyncProperty(
        operations,
        inputs,
        forms,
        damages,
        async (operation, input, form, damage) => {
          const body = damage(FORMS[form].write(fuzzed.fill(input)));
          await expectModelled(fuzzed, operation, body, FORMS[form]);
        },
      ),
      { numRuns: 1000 },
    );
    await expectAlive(fuzzed);
  });
});

test("any bytes for a body are malformed or an input like any other", async () => {
  await withEmulator(async (fuzzed) => {
    await fc.assert(
      fc.asyncProperty(
        operations,
        fc.uint8Array({ maxLength: 64 }),
        forms,
        async (operation, body, form) => {
          await expectModelled(fuzzed, operation, Buffer.from(body), FORMS[form]);
        },
      ),
      { numRuns: 1000 },
    );
    await expectAlive(fuzzed);
  });
});

test.each([
  ["lists", Buffer.from("[".repeat(200_000) + "]".repeat(200_000)), JSON_FORM],
  ["structures", Buffer.from('{"a":'.repeat(100_000) + "1" + "}".repeat(100_000)), JSON_FORM],
  ["lists", Buffer.alloc(5_000_000, 0x81), CBOR_FORM],
  ["structures", Buffer.from("a16161".repeat(200_000), "hex"), CBOR_FORM],
  ["tags", Buffer.concat([Buffer.alloc(5_000_000, 0xc1), Buffer.of(0xa0)]), CBOR_FORM],
])("nesting without end is survived: %s, form %#", async (_, body, form) => {
  await withEmulator(async (fuzzed) => {
    for (const operation of OPERATIONS.keys()) await expectModelled(fuzzed, operation, body, form);
    const within = Buffer.concat([
      Buffer.from('{"StreamName":"s","Records":'),
      body,
      Buffer.from("}"),
    ]);
    if (form === JSON_FORM) await expectModelled(fuzzed, "PutRecords", within, form);
    await expectAlive(fuzzed);
  });
});

test("a name that is said twice counts as it was said last, and __proto__ is a name", async () => {
  await withEmulator(async (fuzzed) => {
    const twice = Buffer.from('{"StreamName":"none","StreamName":"s"}');
    expect((await ask(fuzzed, "DescribeStreamSummary", twice, JSON_FORM)).status).toBe(200);
    for (const form of [JSON_FORM, CBOR_FORM]) {
      const hidden = form.write(JSON.parse('{"__proto__":{"StreamName":"s"}}'));
      const answer = await ask(fuzzed, "DescribeStreamSummary", hidden, form);
      expect(answer.output).toMatchObject({ __type: "InvalidArgumentException" });
    }
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});
