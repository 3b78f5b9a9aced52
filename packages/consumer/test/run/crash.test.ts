import { describe, expect, test } from "vitest";
import { FAILOVER_MS, Fleet } from "../support/fleet.ts";
import { countsOf, putForMs } from "../support/fleet-looks.ts";

const PASS_MS = FAILOVER_MS / 4;

describe("a crash", () => {
  test("is noticed within a failover time and one pass, and the other one goes on behind the last checkpoint", async () => {
    const fleet = new Fleet(2);
    const a = fleet.start("a");
    fleet.start("b");
    const before = await putForMs(fleet, 12_000);
    expect(countsOf(fleet)).toEqual([1, 1]);
    a.crash();
    const crashedAtMs = fleet.clock.nowMs();
    const after = await putForMs(fleet, 16_000, before.length);
    await fleet.clock.advance(3000);
    expect(fleet.owners).toEqual(["b", "b"]);
    const orphan = fleet.delivered.find((one) => one.worker === "a")?.shardId;
    const takenOver = fleet.delivered.find(
      (one) => one.worker === "b" && one.shardId === orphan && one.atMs > crashedAtMs,
    );
    expect((takenOver?.atMs ?? 1e9) - crashedAtMs).toBeLessThanOrEqual(FAILOVER_MS + PASS_MS + 250);
    expect([...new Set(fleet.texts)].sort()).toEqual([...before, ...after].sort());
  });

  test("72 crash-replay: repeats at most what was handled since the last renewal", async () => {
    const fleet = new Fleet(1);
    const a = fleet.start("a");
    const texts = await putForMs(fleet, 9000);
    a.crash();
    fleet.start("b");
    await fleet.clock.advance(FAILOVER_MS + 2 * PASS_MS);
    const twice = texts.filter((text) => fleet.texts.filter((one) => one === text).length > 1);
    expect(new Set(fleet.texts)).toEqual(new Set(texts));
    // A renewal each 3.3 s, a record each 50 ms.
    expect(twice.length).toBeLessThanOrEqual(3400 / 50);
    const handled = fleet.delivered.filter(({ worker }) => worker === "a").length;
    expect(twice).toEqual(texts.slice(handled - twice.length, handled));
  });

  test("20 same-id-restart: the same worker id gets its leases back at once", async () => {
    const fleet = new Fleet(3);
    const first = fleet.start("a");
    await fleet.clock.advance(3000);
    first.crash();
    await fleet.clock.advance(3000);
    await fleet.put(["after"]);
    fleet.start("a");
    await fleet.clock.advance(500);
    expect(fleet.texts).toEqual(["after"]);
  });

  test("13 no-wall-clock: a wall clock that jumps takes no lease and loses none", async () => {
    const fleet = new Fleet(2);
    const jumping = {
      ...clockOf(fleet),
      wallTimeMs: () => fleet.clock.wallTimeMs() * (fleet.clock.nowMs() % 2),
    };
    const workers = [fleet.start("a", { clock: jumping }), fleet.start("b")];
    await fleet.clock.advance(120_000);
    for (const { told } of workers) expect(told("leaseLost")).toEqual([]);
    expect(countsOf(fleet)).toEqual([1, 1]);
  });
});

function clockOf({ clock }: Fleet) {
  return {
    nowMs: () => clock.nowMs(),
    startTimer: (delayMs: number, onFire: () => void) => clock.startTimer(delayMs, onFire),
  };
}
