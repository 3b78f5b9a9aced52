// Hands out the batches of a shard one after the other, in the order of the shard.
import { type Position, untilAborted } from "@shardline/core";
import type { BuiltBatch } from "../batch/batch-builder.ts";
import type { ShardContext } from "../batch/handler.ts";
import type { Delivery } from "../checkpoint/checkpoint-tracker.ts";
import type { Checkpointer } from "../checkpoint/checkpointer.ts";
import {
  type BatchTenure,
  type HandlingOptions,
  ShardBatchHandler,
} from "../handling/batch-handler.ts";
import type { RestEnd } from "../handling/halt.ts";
import { TryTurn, type TryTurnOptions } from "../handling/try-turn.ts";
import type { ShardMeter } from "./shard-meter.ts";

interface OneByOneOptions {
  readonly shard: ShardContext;
  readonly handling: HandlingOptions;
  readonly tenure: Pick<BatchTenure, "check" | "checkpointed"> & Omit<TryTurnOptions, "pulls">;
  readonly checkpointer: Checkpointer;
  readonly meter: ShardMeter;
  /** The shard rests at this record, or goes on. */
  readonly onHalted: (at: Position | undefined) => void;
  /** Aborts when nobody waits for the handler any more. */
  readonly abandoned: AbortSignal;
}

export class OneByOne {
  readonly #options: OneByOneOptions;
  readonly #handler: ShardBatchHandler;
  readonly #turn: TryTurn;
  #delivery: Delivery | undefined;

  constructor(options: OneByOneOptions) {
    const { checkpointer, handling, onHalted, shard } = options;
    this.#options = options;
    this.#turn = new TryTurn({ ...options.tenure, pulls: handling.pulls });
    const tenure: BatchTenure = {
      ...options.tenure,
      onHalted,
      untilTurn: () => this.#turn.until(),
      onInHand: (upTo) => {
        if (upTo === undefined) this.#turn.giveBack();
        else this.#turn.use();
        checkpointer.asked.takeInHand(upTo);
      },
      onDone: (upTo, how) => this.#done(upTo, how),
    };
    this.#handler = new ShardBatchHandler(shard, tenure, handling);
  }

  /** Where the shard is halted; `undefined` if it is not. */
  get haltedAt(): Position | undefined {
    return this.#handler.haltedAt;
  }

  /** Ends the rest of a halted shard; `false` if it does not rest. */
  endRest(how: RestEnd): boolean {
    return this.#handler.endRest(how);
  }

  /** Resolves when the batch is done; rejects when that is not to be any more. */
  async take(built: BuiltBatch): Promise<void> {
    const { abandoned, checkpointer, meter } = this.#options;
    const delivery = checkpointer.handOut(built.upTo);
    this.#delivery = delivery;
    meter.takeInHand(built);
    try {
      await untilAborted(this.#handler.handle(built), abandoned);
    } finally {
      this.#turn.giveBack();
    }
    checkpointer.complete(delivery);
    meter.noteDone(built);
  }

  /** What was taken is done. */
  async finished(): Promise<void> {}

  /** No handler is at work while nothing is being taken. */
  async stopped(): Promise<void> {}

  #done(upTo: Position, how: "handled" | "given up"): void {
    const { checkpointer } = this.#options;
    if (how === "handled") checkpointer.asked.handled(upTo);
    if (this.#delivery !== undefined) checkpointer.complete(this.#delivery, upTo);
  }
}
