// What a fault of the emulator comes to through the port: over the wire the AWS adapter reads it out of what the
// network brings, in the process a table of the emulator's says it. Both must say the same.
import { type ApiFailure, apiFailureOf, type KinesisApi } from "@shardline/core";
import type { FaultEffect } from "@shardline/emulator";
import { expect, test } from "vitest";
import { reach, WAYS } from "./ways.ts";

const { signal } = new AbortController();
const stream = { name: "orders" };
const entries = [{ data: Buffer.from("x"), partitionKey: "k" }];

const EFFECTS: readonly FaultEffect[] = [
  { kind: "throttle", as: "exception" },
  { kind: "error", status: 500 },
  { kind: "error", status: 502, body: "html" },
  { kind: "error", status: 503 },
  { kind: "error", status: 503, body: "html" },
  { kind: "error", status: 413 },
  { kind: "error", status: 429 },
  { kind: "error", status: 403, body: "html" },
  { kind: "error", status: 404, body: "empty" },
  { kind: "error", type: "InternalFailure" },
  { kind: "error", type: "ThrottlingException" },
  { kind: "error", type: "LimitExceededException" },
  { kind: "error", type: "ResourceNotFoundException", message: "gone" },
  { kind: "error", type: "ResourceInUseException", message: "busy" },
  { kind: "error", type: "AccessDeniedException", message: "no" },
  { kind: "error", type: "ExpiredTokenException", message: "old" },
  { kind: "error", type: "KMSDisabledException", message: "off" },
  { kind: "error", type: "KMSThrottlingException", message: "slow" },
  { kind: "error", type: "SomethingNewException", message: "new" },
  { kind: "error", type: "SomethingNewException", message: "new", status: 500 },
  { kind: "unavailable" },
  { kind: "reset" },
  { kind: "resetStream" },
  { kind: "goAway" },
  { kind: "cutBody" },
  { kind: "commitThenDrop" },
  { kind: "commitThenDrop", how: "close" },
  { kind: "corrupt" },
  { kind: "corrupt", how: "empty" },
  { kind: "corrupt", how: "wrongCount" },
];

/** Ways that have to find something out first may do so undisturbed. */
const PUTS = { operations: "PutRecords" };

/** Codes of the network differ between its protocols; what they mean to a caller does not. */
const OF_THE_NETWORK = ["reset", "resetStream", "goAway", "cutBody", "commitThenDrop"];

test.each(EFFECTS)("%j fails a call in the same way, whichever way it goes", async (effect) => {
  const failures = await Promise.all(
    WAYS.map(async ([, way]) => {
      await using reached = await reach(way, { faults: [{ effect, match: PUTS }] });
      return await failureOf(reached.api);
    }),
  );
  const [inProcess, ...overWire] = failures.map((failure) =>
    OF_THE_NETWORK.includes(effect.kind)
      ? { kind: failure.kind, isAmbiguous: failure.isAmbiguous }
      : { kind: failure.kind, isAmbiguous: failure.isAmbiguous, awsName: failure.awsName },
  );
  for (const failure of overWire) expect(failure).toEqual(inProcess);
});

async function failureOf(api: KinesisApi, to = stream): Promise<ApiFailure> {
  const error: unknown = await api.putRecords({ stream: to, entries }, signal).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  const failure = apiFailureOf(error);
  if (failure === undefined) throw new Error(`no failure of the port: ${String(error)}`);
  return failure;
}

test.each<FaultEffect>([
  { kind: "commitThenDrop" },
  { kind: "cutBody" },
  { kind: "corrupt" },
  { kind: "corrupt", how: "empty" },
  { kind: "latency", ms: 1, when: "after" },
])("%j means the same to a call that is refused anyway, whichever way it goes", async (effect) => {
  const failures = await Promise.all(
    WAYS.map(async ([, way]) => {
      await using reached = await reach(way, { faults: [{ effect, match: PUTS }] });
      return await failureOf(reached.api, { name: "missing" });
    }),
  );
  const [inProcess, ...overWire] = failures.map(({ kind, isAmbiguous }) => ({ kind, isAmbiguous }));
  for (const failure of overWire) expect(failure).toEqual(inProcess);
});

test.each(["InternalFailure", "ProvisionedThroughputExceededException"] as const)(
  "an entry that fails with %s is the same, whichever way it goes",
  async (code) => {
    const outcomes = await Promise.all(
      WAYS.map(async ([, way]) => {
        const effect = { kind: "failRecords", code } as const;
        await using reached = await reach(way, { faults: [{ effect, match: PUTS }] });
        return await reached.api.putRecords({ stream, entries }, signal);
      }),
    );
    for (const outcome of outcomes) expect(outcome).toEqual(outcomes[0]);
  },
);
