import type { ProcessorCheckpointer } from "@shardline/consumer/kcl";
import { KinesisError, type Position } from "@shardline/core";
import { expect, test } from "vitest";
import type { ConsumedRecord, ShardContext } from "../../src/batch/handler.ts";
import { LeaseCheckpointer } from "../../src/kcl/lease-checkpointer.ts";
import { SHARD } from "../support/handling.ts";

function openCheckpointer(checkpoint: ShardContext["checkpoint"]): LeaseCheckpointer {
  return new LeaseCheckpointer({ ...SHARD, checkpoint });
}

/** What the shard was asked for. */
function asked(
  call: (checkpointer: ProcessorCheckpointer) => unknown,
  handedOut: readonly Position[] = [],
): (Position | undefined)[] {
  const places: (Position | undefined)[] = [];
  const checkpointer = openCheckpointer(async (at) => void places.push(at));
  checkpointer.handOut(handedOut as ConsumedRecord[]);
  call(checkpointer);
  return places;
}

const nothing = (): void => undefined;
const at = (sequenceNumber: string, subSequenceNumber = 0): Position => ({
  sequenceNumber,
  subSequenceNumber,
});

test.each<[string, (checkpointer: ProcessorCheckpointer) => unknown]>([
  ["nothing", (it) => it.checkpoint()],
  ["a callback", (it) => it.checkpoint(nothing)],
  ["null, as aws-kcl has it,", (it) => it.checkpoint(null, nothing)],
  ["null twice", (it) => it.checkpoint(null, undefined, nothing)],
])("given %s it is everything handed out that is checkpointed", (_, call) => {
  expect(asked(call)).toEqual([undefined]);
});

test.each<[string, (checkpointer: ProcessorCheckpointer) => unknown, Position]>([
  ["a number", (it) => it.checkpoint("7"), at("7")],
  ["a number and a callback", (it) => it.checkpoint("7", nothing), at("7")],
  ["both numbers", (it) => it.checkpoint("7", 3), at("7", 3)],
  ["both numbers and a callback", (it) => it.checkpoint("7", 3, nothing), at("7", 3)],
  ["no index but a callback", (it) => it.checkpoint("7", undefined, nothing), at("7")],
])("given %s it is that place that is checkpointed", (_, call, place) => {
  expect(asked(call)).toEqual([place]);
});

test("a number alone means the first user record of its aggregate, so that the others come again", () => {
  const handedOut = [at("6"), at("7", 0), at("7", 1), at("7", 2)];
  expect(asked((it) => it.checkpoint("7"), handedOut)).toEqual([at("7", 0)]);
});

test("of an aggregate that is handed out in parts it means the first of this part: those before it were handed out and done", () => {
  expect(asked((it) => it.checkpoint("7"), [at("7", 4), at("7", 5)])).toEqual([at("7", 4)]);
});

test("a callback hears of the end, with the number that was asked for", async () => {
  const heard: unknown[] = [];
  const checkpointer = openCheckpointer(async () => undefined);
  await checkpointer.checkpoint("7", (...args) => heard.push(args));
  await checkpointer.checkpoint((...args) => heard.push(args));
  expect(heard).toEqual([
    [undefined, "7"],
    [undefined, undefined],
  ]);
});

test("a callback hears of an error, and nothing is left that nobody handles", async () => {
  const error = new KinesisError("LEASE_LOST", {
    message: "lost",
    isRetryable: false,
    details: { shardId: "shard-0" },
  });
  const checkpointer = openCheckpointer(() => Promise.reject(error));
  const heard = await new Promise((resolve) => {
    void checkpointer.checkpoint("7", (...args) => resolve(args));
  });
  expect(heard).toEqual([error, "7"]);
  await expect(checkpointer.checkpoint()).rejects.toBe(error);
});

test("closed, it waits for what was asked for before, and takes nothing more", async () => {
  const order: string[] = [];
  let finish = nothing;
  const checkpointer = openCheckpointer(
    () =>
      new Promise((resolve) => {
        finish = resolve;
      }),
  );
  void checkpointer.checkpoint("7", () => order.push("checkpointed"));
  const closed = checkpointer.close().then(() => order.push("closed"));
  await expect(checkpointer.checkpoint()).rejects.toMatchObject({ code: "LEASE_LOST" });
  finish();
  await closed;
  expect(order).toEqual(["checkpointed", "closed"]);
});
