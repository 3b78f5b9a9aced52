// How a method tells that it is done, where its parameters do not say.
import { expect, test } from "vitest";
import { completeCall } from "../../src/kcl/complete-call.ts";
import type { CompleteCallback, ShardRecordProcessor } from "../../src/kcl/record-processor.ts";
import { track } from "../support/promises.ts";

type ProcessRecords = ShardRecordProcessor["processRecords"];

const called = (processRecords: ProcessRecords) =>
  track(completeCall({ processRecords } as ShardRecordProcessor, "processRecords", {} as never));
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("a wrapper around a method that calls back is done when that does", async () => {
  let done: CompleteCallback | undefined;
  const inner = (_input: unknown, callback: CompleteCallback): void => {
    done = callback;
  };
  const call = called((...args: Parameters<typeof inner>) => inner(...args));
  await settle();
  expect(call.state()).toBe("pending");
  done?.();
  await settle();
  expect(call.state()).toBe("resolved");
});

test("a wrapper around a method that promises is done when the promise is kept", async () => {
  const inner = async (_input: unknown): Promise<void> => undefined;
  const call = called((...args: readonly unknown[]) => inner(args[0]));
  await settle();
  expect(call.state()).toBe("resolved");
});
