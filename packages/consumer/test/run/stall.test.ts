// Processes that stand still for a while, as a blocked event loop or SIGSTOP does it.
import { expect, test } from "vitest";
import { FAILOVER_MS, Fleet } from "../support/fleet.ts";
import { range } from "../support/lease-views.ts";

test("28 event-loop-stall: after 12 seconds the leases are lost before a record is delivered, and got again", async () => {
  const fleet = new Fleet(2);
  const epochs: number[] = [];
  const worker = fleet.start("a", {
    handle: (_, { leaseEpoch }) => {
      epochs.push(leaseEpoch);
    },
  });
  await fleet.clock.advance(5000);
  worker.process.freeze(12_000);
  await fleet.put(["x"], "key-1");
  await fleet.put(["y"], "key-2");
  await fleet.clock.advance(12_000);
  expect(worker.told("leaseLost").map(({ cause }) => cause)).toEqual(["expired", "expired"]);
  expect(worker.told("eventLoopBlocked")).toHaveLength(1);
  expect(worker.told("eventLoopBlocked")[0]?.blockedMs).toBeGreaterThan(11_400);
  await fleet.clock.advance(FAILOVER_MS);
  expect(fleet.owners).toEqual(["a", "a"]);
  expect(fleet.texts.sort()).toEqual(["x", "y"]);
  expect(epochs).toEqual([2, 2]);
});

test("a stall of more than a second is told, a shorter one is not, and neither costs a lease", async () => {
  const fleet = new Fleet(2);
  const worker = fleet.start("a");
  await fleet.clock.advance(5000);
  worker.process.freeze(900);
  await fleet.clock.advance(5000);
  expect(worker.told("eventLoopBlocked")).toEqual([]);
  worker.process.freeze(3000);
  await fleet.clock.advance(5000);
  expect(worker.told("eventLoopBlocked")).toHaveLength(1);
  expect(worker.told("leaseLost")).toEqual([]);
});

test("a worker that stood still while another took over does no harm when it wakes up, and takes part again", async () => {
  const fleet = new Fleet(4);
  const a = fleet.start("a");
  fleet.start("b");
  await fleet.clock.advance(20_000);
  a.process.freeze(30_000);
  const texts = range(60).map((i) => `r${i}`);
  for (const text of texts) {
    await fleet.put([text], text);
    await fleet.clock.advance(500);
  }
  expect(fleet.owners).toEqual(range(4).map(() => "b"));
  await fleet.clock.advance(3 * FAILOVER_MS);
  expect(fleet.texts.sort()).toEqual([...texts].sort());
  expect(fleet.owners.filter((owner) => owner === "a")).toHaveLength(2);
});

test("handlers that hang keep no lease from being renewed", async () => {
  const fleet = new Fleet(3);
  await fleet.put(["x"], "key-1");
  const worker = fleet.start("a", {
    handle: (_, { signal }) =>
      new Promise((resolve) => signal.addEventListener("abort", () => resolve())),
  });
  await fleet.clock.advance(600_000);
  expect(worker.told("leaseLost")).toEqual([]);
  const counters = fleet.table.snapshot().map(({ counter }) => counter);
  expect(Math.min(...counters)).toBeGreaterThan(175);
});

test("of two processes with one worker id, one ends and says so, and every record is read", async () => {
  const fleet = new Fleet(3);
  const first = fleet.start("a");
  await fleet.clock.advance(5000);
  const second = fleet.start("a");
  const texts = range(40).map((i) => `r${i}`);
  for (const text of texts) {
    await fleet.put([text], text);
    await fleet.clock.advance(500);
  }
  expect(first.run.reason()).toMatchObject({
    code: "WORKER_ID_IN_USE",
    message:
      "another process takes the leases of worker a for its own; give each process a workerId of its own, or none",
    details: { workerId: "a" },
  });
  expect(second.run.state()).toBe("pending");
  await fleet.clock.advance(30_000);
  expect(new Set(fleet.texts)).toEqual(new Set(texts));
  expect(fleet.owners).toEqual(["a", "a", "a"]);
});

test("of two processes with one worker id, one ends even where nothing happens, whenever the second one starts", async () => {
  for (const phase of range(10)) {
    const fleet = new Fleet();
    const first = fleet.start("a");
    await fleet.clock.advance(5000 + phase * 333);
    fleet.start("a");
    await fleet.clock.advance(2 * FAILOVER_MS);
    expect(first.run.reason()).toMatchObject({ code: "WORKER_ID_IN_USE" });
    await fleet.put(["x"]);
    await fleet.clock.advance(5000);
    expect(fleet.texts).toEqual(["x"]);
  }
});

test("of two processes with one worker id, one ends although leases are handed to both by others", async () => {
  for (const delayMs of [0, 1, 100, 2500]) {
    const fleet = new Fleet(8);
    for (const name of ["b", "c"]) fleet.start(name);
    const twins = [fleet.start("a")];
    await fleet.clock.advance(delayMs);
    twins.push(fleet.start("a"));
    await fleet.clock.advance(60_000);
    expect(twins.map(({ run }) => run.state()).sort()).toEqual(["pending", "rejected"]);
    const texts = range(40).map((i) => `r${i}`);
    for (const text of texts) await fleet.put([text], text);
    await fleet.clock.advance(5000);
    expect(fleet.texts.sort()).toEqual(texts.sort());
  }
});
