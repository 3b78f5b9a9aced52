// What compiles and what does not: the compiler checks each line below that is said to be an error.
import { KinesisError, type Producer, type PutOutcome } from "@shardline/producer";
import { createProducer } from "@shardline/producer";
import { expect, expectTypeOf, it } from "vitest";
import { newRig } from "./support/rig.ts";

it("wrong options do not compile, and do not pass without a compiler", () => {
  for (const wrong of [
    // @ts-expect-error
    () => createProducer({ steam: "orders" }),
    // @ts-expect-error
    () => createProducer({ ordering: "key" }),
    // @ts-expect-error
    () => createProducer({ aggregation: true }),
    // @ts-expect-error
    () => createProducer({ rateLimit: true }),
    // @ts-expect-error
    () => createProducer({ buffer: { onFull: "drop" } }),
  ]) {
    expect(wrong).toThrow("createProducer refused its options: ");
  }
});

it("wrong calls do not compile", () => {
  const calls = (producer: Producer): unknown[] => [
    // @ts-expect-error
    producer.put({ partitionKey: "k" }),
    // @ts-expect-error
    producer.put({ partitionKey: 7, data: "x" }),
    // @ts-expect-error
    producer.put({ partitionkey: "k", data: "x" }),
    // @ts-expect-error
    producer.write({ partitionKey: "k", data: "x" }, (error: string) => error),
    // @ts-expect-error
    producer.flush({ steam: "orders" }),
    // @ts-expect-error
    producer.metrics("UserRecords"),
    // @ts-expect-error
    producer.on("drain", () => undefined),
    // @ts-expect-error a text is no record
    producer.writable<string>(),
    // @ts-expect-error
    producer.webWritable<string>({ onFailed: () => undefined }),
  ];
  expect(calls).toBeTypeOf("function");
});

it("a signal that is perhaps none may be handed on", async () => {
  const { clock, producer } = newRig({ batch: { maxDelayMs: 0 } });
  const options: { signal?: AbortSignal | undefined } = { signal: undefined };
  const put = producer.put({ partitionKey: "k", data: "x" }, options);
  const outcomes = producer.putMany([], options);
  await producer.ready(options);
  await clock.advance(0);
  await producer.flush(options);
  expect(await outcomes.next()).toEqual({ done: true, value: undefined });
  expect(await put).toMatchObject({ subSequenceNumber: 0 });
});

it("a code narrows what an error knows, and a kind what an outcome has", () => {
  const about = (error: unknown, outcome: PutOutcome): void => {
    if (KinesisError.is(error, "RECORD_EXPIRED")) {
      expectTypeOf(error.details.mayHaveBeenWritten).toEqualTypeOf<boolean>();
    }
    if (KinesisError.is(error, "RECORD_TOO_LARGE")) {
      expectTypeOf(error.details.maxBytes).toEqualTypeOf<number>();
    }
    // @ts-expect-error
    KinesisError.is(error, "EXPIRED");
    if (outcome.kind === "failed") expectTypeOf(outcome.error).toEqualTypeOf<KinesisError>();
    // @ts-expect-error
    else expectTypeOf(outcome.error).toBeAny();
  };
  expect(about).toBeTypeOf("function");
});
