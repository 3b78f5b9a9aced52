// What a simulated application checkpoints belongs to the lease that it has now.
import type { ShardContext } from "@shardline/consumer";
import type { Position } from "@shardline/core";
import { SeededRandom, VirtualClock } from "@shardline/core/testing";
import { expect, test } from "vitest";
import { Journal } from "../evidence/journal.ts";
import { FaultCounts } from "../faults/fault-counts.ts";
import { HandlerCheckpoints } from "./handler-checkpoints.ts";
import { HandlerEvidence } from "./handler-evidence.ts";
import { FLAWLESS_HANDLERS } from "./handler-odds.ts";
import { SimProcess } from "./sim-process.ts";

const AT: Position = { sequenceNumber: "1", subSequenceNumber: 0 };

test("a calm application checkpoints by its latest lease, also where the epochs of leases begin again with their stream", async () => {
  const clock = new VirtualClock();
  const checkpoints = new HandlerCheckpoints({
    odds: { ...FLAWLESS_HANDLERS, checkpointing: "manual" },
    process: new SimProcess("w", clock),
    random: new SeededRandom(1),
    faults: new FaultCounts(),
    evidence: new HandlerEvidence(new Journal(() => clock.nowMs()), "w"),
    isSideBySide: false,
  });
  const asked: string[] = [];
  const shardOf = (life: string, leaseEpoch: number) =>
    ({
      shardId: "shard",
      leaseEpoch,
      checkpoint: () => Promise.resolve(void asked.push(life)),
    }) as unknown as ShardContext;
  for (const [life, epoch] of [
    ["first", 4],
    ["second", 1],
  ] as const) {
    const shard = shardOf(life, epoch);
    void checkpoints.hooks.onShardStarted?.(shard, { checkpoint: AT });
    checkpoints.noteHandled(shard, AT);
  }
  checkpoints.calm();
  await clock.advance(1);
  expect(asked).toEqual(["second"]);
  checkpoints.end();
});
