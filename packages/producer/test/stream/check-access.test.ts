import { apiCallFailed, type ApiFailureKind, type KinesisApi } from "@shardline/core";
import { SeededRandom } from "@shardline/core/testing";
import { Emulator } from "@shardline/emulator";
import { expect, it, onTestFinished } from "vitest";
import { intercept, type Interceptors } from "../../../../test/support/intercept.ts";
import { quietClock } from "../../../../test/support/quiet-clock.ts";
import { checkAccess } from "../../src/stream/check-access.ts";
import { failureOf } from "../support/failures.ts";

const stream = { name: "orders" };
const { signal } = new AbortController();

function newKinesis(between: Interceptors<KinesisApi> = {}): {
  kinesis: KinesisApi;
  emulator: Emulator;
} {
  const clock = quietClock();
  const emulator = new Emulator({ clock, random: new SeededRandom(1), streams: { orders: 2 } });
  onTestFinished(() => emulator.close());
  return { kinesis: intercept(emulator.kinesis(), between), emulator };
}

const refuse = (kind: ApiFailureKind) => () =>
  Promise.reject(apiCallFailed("Call", failureOf(kind)));

it("every permission of a caller who has them is granted, and nothing is written", async () => {
  const { emulator, kinesis } = newKinesis();
  expect(await checkAccess(kinesis, stream, signal)).toEqual({
    stream: "orders",
    isComplete: true,
    missing: [],
    permissions: [
      { permission: "kinesis:PutRecords", verdict: "granted" },
      { permission: "kinesis:ListShards", verdict: "granted" },
      { permission: "kinesis:DescribeStreamSummary", verdict: "granted" },
    ],
    status: "ACTIVE",
  });
  expect(emulator.inspect("orders")?.shards.flatMap(({ records }) => records)).toEqual([]);
});

it("the permissions that are denied are named, with the service's words", async () => {
  const { kinesis } = newKinesis({
    rehearsePutRecords: refuse("denied"),
    describeStreamSummary: refuse("denied"),
  });
  const report = await checkAccess(kinesis, stream, signal);
  expect(report).toMatchObject({
    isComplete: false,
    missing: ["kinesis:PutRecords", "kinesis:DescribeStreamSummary"],
    status: "UNKNOWN",
  });
  expect(report.permissions.map(({ failure }) => failure?.reason)).toEqual([
    "a denied failure",
    undefined,
    "a denied failure",
  ]);
});

it.each(["rejected", "transient", "throttled", "unreachable", "credentials"] as const)(
  "a call that failed as %s says nothing about its permission",
  async (kind) => {
    const { kinesis } = newKinesis({ rehearsePutRecords: refuse(kind) });
    const report = await checkAccess(kinesis, stream, signal);
    expect(report).toMatchObject({ isComplete: false, missing: [], status: "ACTIVE" });
    expect(report.permissions[0]).toMatchObject({ verdict: "unknown", failure: { kind } });
  },
);

it("a stream that is not there is told so", async () => {
  const { kinesis } = newKinesis();
  const report = await checkAccess(kinesis, { name: "nowhere" }, signal);
  expect(report).toMatchObject({ isComplete: false, missing: [], status: "MISSING" });
});

it("an abort rejects with its reason", async () => {
  const { kinesis } = newKinesis();
  const stop = AbortSignal.abort(new Error("enough"));
  await expect(checkAccess(kinesis, stream, stop)).rejects.toThrow("enough");
});
