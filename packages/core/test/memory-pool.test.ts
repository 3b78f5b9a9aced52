import { describe, expect, it } from "vitest";
import { MemoryPool } from "../src/memory-pool.ts";

const LIMITS = { leastBytes: 100, maxIdleBytes: 10_000, maxExcess: 1.25 };

function idle(...lengths: number[]): { pool: MemoryPool; memories: ArrayBuffer[] } {
  const pool = new MemoryPool(LIMITS);
  const memories = lengths.map((bytes) => pool.take(bytes));
  for (const memory of memories) pool.giveBack(memory);
  return { pool, memories };
}

describe("memory that came back", () => {
  it("is handed out again, to one at a time", () => {
    const { memories, pool } = idle(500);
    expect(pool.idleBytes).toBe(500);
    expect(pool.take(490)).toBe(memories[0]);
    expect(pool.idleBytes).toBe(0);
    expect(pool.take(490)).not.toBe(memories[0]);
  });

  it("is chosen as short as will do", () => {
    const { memories, pool } = idle(640, 520, 580);
    expect([530, 530, 520].map((bytes) => memories.indexOf(pool.take(bytes)))).toEqual([2, 0, 1]);
  });

  it("is left alone where all of it is much too long, or too short", () => {
    const { pool } = idle(1000, 200);
    expect(pool.take(500).byteLength).toBe(500);
    expect(pool.idleBytes).toBe(1200);
  });

  it("is not kept where it is hardly worth it, or more than may lie idle", () => {
    expect(idle(99, 10_001).pool.idleBytes).toBe(0);
    expect(idle(100, 9900).pool.idleBytes).toBe(10_000);
  });

  it("makes room in time for lengths that are asked for instead", () => {
    const { memories, pool } = idle(...Array.from({ length: 20 }, () => 900));
    expect(pool.idleBytes).toBe(9900);
    for (let i = 0; i < 200; i += 1) {
      pool.giveBack(new ArrayBuffer(300));
      expect(pool.idleBytes).toBeLessThanOrEqual(10_000);
    }
    expect(memories).not.toContain(pool.take(900));
    expect(pool.idleBytes).toBe(9900);
  });
});
