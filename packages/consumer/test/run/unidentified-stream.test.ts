// A stream of which a worker cannot find out when it was created: not at all, or not just now.
import type { KinesisApi } from "@shardline/core";
import { expect, test } from "vitest";
import { FAILOVER_MS, Fleet, STREAM } from "../support/fleet.ts";
import { failed } from "../support/failures.ts";
import { ANY_SIGNAL } from "../support/held.ts";
import { leaseOf } from "../support/leases.ts";

type Describe = KinesisApi["describeStreamSummary"];

function epochs(fleet: Fleet): Set<number | undefined> {
  return new Set(fleet.table.snapshot().map(({ streamEpoch }) => streamEpoch));
}

/** So often it cannot be described. */
function failing(
  times: number,
): (next: Describe, ...args: Parameters<Describe>) => ReturnType<Describe> {
  let asked = 0;
  return (next, ...args) => {
    asked += 1;
    return asked <= times ? Promise.reject(failed("unreachable")) : next(...args);
  };
}

test.each([
  ["denied", "AccessDeniedException"],
  ["rejected", "UnknownOperationException"],
] as const)(
  "a stream that does not say what it is (%s) is read all the same, which is told",
  async (kind, awsName) => {
    const fleet = new Fleet(1);
    await fleet.put(["x"]);
    const worker = fleet.start("a", {
      kinesisFaults: { describeStreamSummary: () => Promise.reject(failed(kind, awsName)) },
    });
    await fleet.clock.advance(1000);
    expect(fleet.texts).toEqual(["x"]);
    expect(epochs(fleet)).toEqual(new Set([undefined]));
    // When the worker started, and before it made leases.
    expect(worker.told("streamUnidentified")).toHaveLength(2);
    expect(worker.told("streamUnidentified")[0]).toMatchObject({ stream: STREAM });
  },
);

test.each([
  ["an empty table", 0],
  ["a table with some of its leases", 1],
])(
  "one whose description fails without end is waited for for half a minute, and then read, from %s",
  async (_, leases) => {
    const fleet = new Fleet(2);
    await fleet.put(["x", "y", "z"]);
    for (let i = 0; i < leases; i += 1) await fleet.table.create(leaseOf(i), ANY_SIGNAL);
    // As of a service whose answer lacks the time.
    const mute = () => Promise.reject(failed("transient", "AnswerMismatch"));
    const worker = fleet.start("a", { kinesisFaults: { describeStreamSummary: mute } });
    await fleet.clock.advance(30_000);
    expect(fleet.table.snapshot()).toHaveLength(leases);
    await fleet.clock.advance(10_000);
    expect(fleet.texts.toSorted()).toEqual(["x", "y", "z"]);
    expect(epochs(fleet)).toEqual(new Set([undefined]));
    expect(worker.told("streamUnidentified").length).toBeGreaterThan(2);
    expect(worker.told("shardSyncRecovered")).toEqual([{}]);
    expect(worker.run.state()).toBe("pending");
  },
);

test.each([1, 3])(
  "one that cannot be described for a moment is asked again before leases are made, after %i failures",
  async (failures) => {
    const fleet = new Fleet(2);
    await fleet.put(["x"]);
    fleet.start("a", { kinesisFaults: { describeStreamSummary: failing(failures) } });
    await fleet.clock.advance(10_000);
    expect(fleet.texts).toEqual(["x"]);
    expect(epochs(fleet)).toEqual(new Set([Math.floor(fleet.emulatorStartMs / 1000)]));
  },
);

test("nor is a lease that is missing beside others made without the time of the stream", async () => {
  const fleet = new Fleet(2);
  const early = fleet.start("early");
  await fleet.clock.advance(FAILOVER_MS);
  early.stop();
  await fleet.clock.advance(FAILOVER_MS);
  const [lost] = fleet.table.snapshot();
  await fleet.table.delete(lost?.key ?? "", {}, ANY_SIGNAL);
  expect(fleet.table.snapshot()).toHaveLength(1);
  fleet.start("late", { kinesisFaults: { describeStreamSummary: failing(2) } });
  await fleet.clock.advance(10_000);
  expect(fleet.table.snapshot()).toHaveLength(2);
  expect(epochs(fleet)).toEqual(new Set([Math.floor(fleet.emulatorStartMs / 1000)]));
});
