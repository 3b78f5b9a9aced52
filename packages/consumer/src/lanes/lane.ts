// One of the calls of a handler that are made side by side for a shard: sees one piece of work at a time through all that
// may become of it, and has a turn whenever it calls.
import { type Position, sleep } from "@shardline/core";
import type { ShardContext } from "../batch/handler.ts";
import {
  type BatchTenure,
  type HandlingOptions,
  ShardBatchHandler,
} from "../handling/batch-handler.ts";
import type { RestEnd } from "../handling/halt.ts";
import { TryTurn, type TryTurnOptions } from "../handling/try-turn.ts";
import type { LaneWork, TakenRecord } from "./backlog.ts";
import type { Turns } from "./turns.ts";

/** What the lanes of a shard share. */
export interface LaneOptions {
  readonly shard: ShardContext;
  readonly handling: HandlingOptions;
  /** What each of them may do, and until when; turns come on top. */
  readonly tenure: Pick<BatchTenure, "check" | "checkpointed"> & Omit<TryTurnOptions, "pulls">;
  readonly turns: Turns;
  /** Whether the lane may go on with what it has. */
  readonly mayTry: (lane: Lane) => boolean;
  /** A turn was given back. */
  readonly onTurn: () => void;
  /** Records are done: the handler returned from them, or they were given up. */
  readonly onDone: (done: readonly TakenRecord[], how: "handled" | "given up") => void;
  /** The lane has come to rest at a record, or goes on. */
  readonly onHalted: (lane: Lane) => void;
}

const NONE: readonly TakenRecord[] = [];

export class Lane {
  readonly #options: LaneOptions;
  readonly #handler: ShardBatchHandler;
  readonly #turn: TryTurn;
  #left: readonly TakenRecord[] = NONE;
  #hasTurn = false;
  #haltedAt: Position | undefined;
  #isCalled = false;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#turn = new TryTurn({ ...options.tenure, pulls: options.handling.pulls });
    const tenure: BatchTenure = {
      ...options.tenure,
      untilTurn: () => this.#untilTurn(),
      onInHand: (upTo) => {
        this.#isCalled = upTo !== undefined;
        if (upTo === undefined) this.#giveTurnBack();
        else this.#turn.use();
      },
      onHalted: (at) => {
        this.#haltedAt = at;
        options.onHalted(this);
      },
      onDone: (_, how, records) => this.#done(records, how),
    };
    this.#handler = new ShardBatchHandler(options.shard, tenure, options.handling);
  }

  /** Where it is halted; `undefined` if it is not. */
  get haltedAt(): Position | undefined {
    return this.#haltedAt;
  }

  /** Whether the handler is at work. */
  get isCalled(): boolean {
    return this.#isCalled;
  }

  /** The records that it has and that are not done; `undefined` if all are. */
  get has(): { readonly first: Position; readonly last: Position } | undefined {
    const [first, last] = [this.#left[0], this.#left.at(-1)];
    return first && last && { first: first.delivery.upTo, last: last.delivery.upTo };
  }

  /** Ends its rest; `false` if it does not rest. */
  endRest(how: RestEnd): boolean {
    return this.#handler.endRest(how);
  }

  /** Begins with a turn that was taken for it. Settles as `ShardBatchHandler.handle` does, and has no turn then. */
  async handle({ taken }: LaneWork): Promise<void> {
    this.#hasTurn = true;
    this.#left = taken;
    const records = Object.freeze(taken.map(({ record }) => record));
    const millisBehindLatest = taken.at(-1)?.fetch.millisBehindLatest ?? 0;
    const batch = Object.freeze({ records, millisBehindLatest });
    try {
      await this.#handler.handle({ batch, isMalformed: taken[0]?.isMalformed ?? false });
    } finally {
      this.#left = NONE;
      this.#giveTurnBack();
    }
  }

  async #untilTurn(): Promise<void> {
    if (!this.#hasTurn) {
      await this.#options.turns.take();
      this.#hasTurn = true;
    }
    await this.#turn.until();
    if (this.#options.mayTry(this)) return;
    this.#giveTurnBack();
    const { handling, tenure } = this.#options;
    await sleep(handling.clock, Number.POSITIVE_INFINITY, tenure.untilSignal);
  }

  #giveTurnBack(): void {
    this.#turn.giveBack();
    if (!this.#hasTurn) return;
    this.#hasTurn = false;
    this.#options.turns.giveBack();
    this.#options.onTurn();
  }

  #done(records: number, how: "handled" | "given up"): void {
    const all = this.#left;
    this.#left = records === all.length ? NONE : all.slice(records);
    this.#options.onDone(records === all.length ? all : all.slice(0, records), how);
  }
}
