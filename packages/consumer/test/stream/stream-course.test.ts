import { getEventListeners } from "node:events";
import { LinkedSignal, TaskGroup } from "@shardline/core";
import { SeededRandom } from "@shardline/core/testing";
import { Emulator } from "@shardline/emulator";
import { expect, test } from "vitest";
import { quietClock } from "../../../../test/support/quiet-clock.ts";
import { ByteBudget } from "../../src/batch/byte-budget.ts";
import { HandlingTally } from "../../src/handling/handling-tally.ts";
import { MemoryLeaseTable } from "../../src/lease/memory-lease-table.ts";
import { resolveConsumerOptions } from "../../src/settings.ts";
import { Breather } from "../../src/shard/breather.ts";
import { Pauses } from "../../src/shard/pauses.ts";
import { KinesisClients } from "../../src/stream/kinesis-clients.ts";
import { SharedListing } from "../../src/stream/shared-listing.ts";
import { startStreamCourse } from "../../src/stream/stream-course.ts";
import { recordEvents } from "../support/told.ts";

const nothing = (): void => undefined;

test("a stream that could not be opened, time and again, leaves nothing behind", async () => {
  const clock = quietClock();
  const random = new SeededRandom(1);
  const emulator = new Emulator({ clock, random, streams: { orders: 1 } });
  const { settings } = resolveConsumerOptions({
    application: "billing",
    stream: "orders",
    startAt: "TRIM_HORIZON",
    processBatch: nothing,
  });
  const table = new MemoryLeaseTable();
  const living = new LinkedSignal();
  const ending = new LinkedSignal();
  const told = recordEvents();
  const shared = { clock, random, events: told.events };
  let openings = 0;
  const course = startStreamCourse({
    clients: new KinesisClients(nothing),
    kinesis: emulator.kinesis(),
    named: {
      label: "orders",
      stream: { name: "orders" },
      streamName: undefined,
      startAt: undefined,
      kinesis: undefined,
    },
    listing: new SharedListing({ clock, failoverMs: 10_000, table, signal: living.signal }),
    supplies: {
      ...shared,
      settings,
      table,
      patientTable: table,
      handler: nothing,
      pulls: undefined,
      hooks: {},
      pauses: new Pauses(),
      breather: new Breather(clock),
      budget: new ByteBudget(1e6),
      tally: new HandlingTally(),
      loops: new TaskGroup(nothing),
      living: living.signal,
      tableThrottledAtMs: () => undefined,
      onCreated: nothing,
      onEnded: nothing,
      onFailure: nothing,
      onStreamGone: nothing,
    },
    isOnlyNamesake: () => true,
    onOpen: () => {
      openings += 1;
      throw new Error("it is read already");
    },
    signal: ending.signal,
  });
  await clock.advance(0);
  const listeners = getEventListeners(living.signal, "abort").length;
  await clock.advance(600_000);
  expect(openings).toBeGreaterThan(5);
  expect(getEventListeners(living.signal, "abort")).toHaveLength(listeners);
  ending.abort(new Error("the test is over"));
  await course.done;
});
