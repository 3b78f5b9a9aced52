// A shard whose records are handled side by side, each call ended by hand.
import type { Position } from "@shardline/core";
import type { BatchHandler } from "../../src/batch/handler.ts";
import type { LaneRules } from "../../src/lanes/lane-rules.ts";
import { textOf } from "./kinesis-records.ts";
import { type Gate, newGate } from "./promises.ts";
import { newRunner, type RunnerSetup, type Running } from "./shard-running.ts";

const LANES: LaneRules = {
  ordering: "partition-key",
  concurrency: 2,
  window: { maxRecords: 100, maxBytes: 1e6, maxSpanRecords: 1000 },
  limits: { maxRecords: 1, maxBytes: 1e6 },
};

export interface Laning extends Running {
  /** The texts of each call, in order, those of one call joined by "+". */
  readonly begun: string[];
  /** Those that have not returned, in order. */
  readonly inHand: () => string[];
  /** A call returns. */
  readonly end: (texts: string) => Promise<void>;
  readonly fail: (texts: string) => Promise<void>;
  /** Renews the lease, and says at which of the records its checkpoint is. */
  readonly checkpointed: () => Promise<string | undefined>;
  /** Where a record is. */
  readonly placeOf: (text: string) => Position;
}

/** A runner at work on these records, each "key:text". */
export async function startLanes(
  keyed: readonly string[],
  rules: Partial<LaneRules> = {},
  setup: RunnerSetup = {},
): Promise<Laning> {
  const begun: string[] = [];
  const open = new Map<string, Gate>();
  const handle: BatchHandler = async (batch, shard) => {
    const texts = batch.records.map(textOf).join("+");
    begun.push(texts);
    const gate = newGate();
    open.set(texts, gate);
    await gate.opened;
    return setup.handle?.(batch, shard);
  };
  const running = await newRunner({ ...setup, handle, lanes: { ...LANES, ...rules } });
  const { clock } = running;
  const take = (texts: string): Gate => {
    const gate = open.get(texts);
    if (gate === undefined)
      throw new Error(`${texts} is not in hand, but ${[...open.keys()].join()}`);
    open.delete(texts);
    return gate;
  };
  const places = keyed.length === 0 ? [] : await running.putKeyed(...keyed);
  running.start();
  await clock.advance(0);
  return {
    ...running,
    begun,
    checkpointed: async () => {
      await running.held.renew();
      const { sequenceNumber } = running.item().checkpoint;
      return keyed[places.findIndex((place) => place.sequenceNumber === sequenceNumber)];
    },
    placeOf: (text) => places[keyed.indexOf(text)] as Position,
    inHand: () => [...open.keys()],
    end: async (texts) => {
      take(texts).open();
      await clock.advance(0);
    },
    fail: async (texts) => {
      take(texts).fail(new Error(`${texts} failed`));
      await clock.advance(0);
    },
  };
}
