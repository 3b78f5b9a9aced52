import { DescribeTableCommand, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { apiFailureOf } from "@shardline/core";
import type { VirtualClock } from "@shardline/core/testing";
import { expect, test } from "vitest";
import { quietClock } from "../../../../test/support/quiet-clock.ts";
import { DynamoDbCaller, type ReadyDynamoDbClient } from "../../src/lease/dynamodb-call.ts";
import { ANY_SIGNAL } from "../support/held.ts";
import { type Tracked, track } from "../support/promises.ts";

const COMMAND = new DescribeTableCommand({ TableName: "leases" });

type Send = (command: unknown, options: { readonly abortSignal: AbortSignal }) => Promise<unknown>;

/** A client of another installed copy of the SDK, as far as it is looked at. */
function call(send: Send, signal = ANY_SIGNAL): { clock: VirtualClock; answer: Tracked<unknown> } {
  const clock = quietClock();
  const config = {} as DynamoDBClient["config"];
  const client: ReadyDynamoDbClient = { config, send: send as DynamoDBClient["send"] };
  const options = { clock, dynamodb: client, tableName: "leases", timeoutMs: 5000 };
  const caller = new DynamoDbCaller({ ...options, events: undefined });
  return { clock, answer: track(caller.send("DescribeTable", COMMAND, signal)) };
}

test("an answer is handed through, and leaves no timer", async () => {
  const { answer, clock } = call(async (command) => ({ command }));
  await clock.advance(0);
  expect(answer.value()).toEqual({ command: COMMAND });
  expect(clock.pendingTimers).toBe(0);
});

test("a call that hangs fails after its time limit, ambiguously, even if the client does not look at its signal", async () => {
  const signals: AbortSignal[] = [];
  const { answer, clock } = call((_, { abortSignal }) => {
    signals.push(abortSignal);
    return new Promise(() => undefined);
  });
  await clock.advance(4999);
  expect([answer.state(), signals[0]?.aborted]).toEqual(["pending", false]);
  await clock.advance(1);
  expect(apiFailureOf(answer.reason())).toMatchObject({
    kind: "transient",
    awsName: "TimeoutError",
    reason: "no answer within 5000 ms",
    isAmbiguous: true,
  });
  expect(signals[0]?.aborted).toBe(true);
});

test("an error is told in our words, with the client's as its cause", async () => {
  const error = Object.assign(new Error("slow down"), { name: "ThrottlingException" });
  const { answer, clock } = call(() => Promise.reject(error));
  await clock.advance(0);
  expect(apiFailureOf(answer.reason())).toMatchObject({ kind: "throttled", isAmbiguous: false });
  expect(answer.reason()).toMatchObject({
    message: "DescribeTable failed: ThrottlingException: slow down",
    cause: error,
  });
});

test("an abort rejects with its own reason, before the call and during it", async () => {
  const reason = new Error("over");
  const stop = new AbortController();
  let calls = 0;
  const hang: Send = () => {
    calls += 1;
    return new Promise(() => undefined);
  };
  const { answer, clock } = call(hang, stop.signal);
  await clock.advance(100);
  stop.abort(reason);
  await clock.advance(0);
  expect(answer.reason()).toBe(reason);
  const { answer: late, clock: other } = call(hang, stop.signal);
  await other.advance(0);
  expect(late.reason()).toBe(reason);
  expect(calls).toBe(1);
});
