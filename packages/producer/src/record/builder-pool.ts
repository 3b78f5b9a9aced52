// Builders between two aggregates. They keep the memory they have grown to, so that a chunk need not grow its own;
// only so many are kept, because an idle lane needs none.
import { AggregateBuilder } from "@shardline/aggregation";
import { AggregateMemory } from "./aggregate-memory.ts";

/** More than chunks that are filled at the same time in most producers. */
const MAX_KEPT = 64;
/** One that had to hold more than the largest aggregate of a backlog is not kept. */
const MAX_KEPT_BYTES = 524_288;

export class BuilderPool {
  /** Where the aggregates go. */
  readonly memory: AggregateMemory = new AggregateMemory();
  readonly #free: AggregateBuilder[] = [];

  take(): AggregateBuilder {
    return this.#free.pop() ?? new AggregateBuilder();
  }

  /** Takes back a builder of which nobody needs anything any more. */
  giveBack(builder: AggregateBuilder): void {
    if (this.#free.length >= MAX_KEPT || builder.byteLength > MAX_KEPT_BYTES) return;
    builder.clear();
    this.#free.push(builder);
  }
}
