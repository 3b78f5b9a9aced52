import type { Logger } from "@shardline/core";
import { expect, test } from "vitest";
import { quietClock } from "../../../test/support/quiet-clock.ts";
import { quietRepeats } from "../src/quiet-repeats.ts";
import { range } from "./support/lease-views.ts";
import { Fleet } from "./support/fleet.ts";
import { failed } from "./support/failures.ts";
import { limitWriteUnits } from "./support/write-units.ts";

function keeper() {
  const lines: [level: string, fields: object, message: string][] = [];
  const at = (level: string) => (fields: object, message: string) => {
    lines.push([level, fields, message]);
  };
  const logger: Logger = {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
  };
  return { lines, logger };
}

test("a line that repeats is written once in ten seconds for each shard, and says how many were left out", async () => {
  const clock = quietClock();
  const { lines, logger } = keeper();
  const quiet = quietRepeats(logger, new Set(["again"]), clock);
  for (const _ of range(25)) {
    for (const shardId of ["a", "b"]) quiet.warn({ shardId }, "again");
    await clock.advance(1000);
  }
  const expected = [0, 9, 9].flatMap((leftOut) =>
    ["a", "b"].map((shardId) => ["warn", { shardId, ...(leftOut && { leftOut }) }, "again"]),
  );
  expect(lines).toEqual(expected);
});

test("a line that is not named is always written, at its level", () => {
  const { lines, logger } = keeper();
  const quiet = quietRepeats(logger, new Set(["again"]), quietClock());
  for (const _ of range(3)) quiet.error({ shardId: "a" }, "records skipped");
  quiet.debug({}, "fine");
  quiet.info({}, "fine");
  expect(lines.map(([level]) => level)).toEqual(["error", "error", "error", "debug", "info"]);
});

test("what was left out of shards that are long gone is forgotten", async () => {
  const clock = quietClock();
  const { lines, logger } = keeper();
  const quiet = quietRepeats(logger, new Set(["again"]), clock);
  for (const shard of range(1000)) {
    quiet.warn({ shardId: shard }, "again");
    quiet.warn({ shardId: shard }, "again");
  }
  await clock.advance(10_000);
  quiet.warn({ shardId: "one too many" }, "again");
  quiet.warn({ shardId: 0 }, "again");
  expect(lines.at(-1)?.[1]).toEqual({ shardId: 0 });
});

test("a shard that cannot be read for an hour draws a line in ten seconds, and an event for each failure", async () => {
  const fleet = new Fleet(1);
  const { lines, logger } = keeper();
  const throttled = failed("throttled", "ProvisionedThroughputExceededException");
  const a = fleet.start("a", {
    logger,
    kinesisFaults: { getRecords: () => Promise.reject(throttled) },
  });
  await fleet.clock.advance(3_600_000);
  const written = lines.filter(([, , message]) => message === "reading a shard failed");
  expect(written.length).toBeGreaterThan(300);
  expect(written.length).toBeLessThanOrEqual(361);
  const leftOut = written.map(([, fields]) => (fields as { leftOut?: number }).leftOut ?? 0);
  const toldOf = leftOut.reduce((sum, count) => sum + count, written.length);
  expect(a.told("readFailed").length - toldOf).toBeLessThan(20);
});

test("ddb-throttle: a throttled lease table draws a line in ten seconds for each operation, however many leases there are, and an event for each call", async () => {
  const fleet = new Fleet(40);
  const { lines, logger } = keeper();
  const units = limitWriteUnits(fleet.clock, () => 5);
  const a = fleet.start("a", { logger, tableFaults: units.faults });
  await fleet.clock.advance(100_000);
  const about = lines.filter(([, , message]) => message === "a call to the lease table failed");
  const operations = about.map(([, fields]) => (fields as { operation: string }).operation);
  expect(new Set(operations)).toContain("renew");
  for (const operation of new Set(operations)) {
    expect(operations.filter((one) => one === operation).length).toBeLessThanOrEqual(10);
  }
  expect(a.told("leaseTableFailed").length).toBeGreaterThan(100);
});
