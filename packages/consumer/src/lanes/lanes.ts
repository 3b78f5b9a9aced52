// Hands out the records of a shard side by side: takes them up as far as the window goes, gives each lane its work, and
// tells what is done, in whatever order, so that the checkpoint never passes what is not. When the shard is to be given up,
// what lies before something done is finished first, so that whoever has it next repeats nothing.
//
//   fetch ---> window ---> backlog ---> lanes ---> done: checkpoint, window, fetch
import { comparePositions, LinkedSignal, type Position } from "@shardline/core";
import type { BuiltBatch } from "../batch/batch-builder.ts";
import type { ConsumedRecord } from "../batch/handler.ts";
import type { TakenFetch } from "../batch/taken-fetch.ts";
import type { DeliveryOrigin } from "../checkpoint/checkpoint-tracker.ts";
import type { Checkpointer } from "../checkpoint/checkpointer.ts";
import type { RestEnd } from "../handling/halt.ts";
import { Backlog, type LaneWork, type TakenRecord } from "./backlog.ts";
import { Finish } from "./finish.ts";
import { laterOf } from "./finish-plan.ts";
import { Lane, type LaneOptions } from "./lane.ts";
import { laneLimits, type LaneRules, takesWhole } from "./lane-rules.ts";
import { firstOf } from "./lane-order-plan.ts";
import { Turns } from "./turns.ts";
import { Window } from "./window.ts";

/** Hears how the shard gets on. */
interface LaneMeter {
  noteTaken(oldest: DeliveryOrigin): void;
  noteDoneBeside(
    work: { readonly records: number; readonly bytes: number; readonly arrivedAtMs: number },
    oldest: DeliveryOrigin | undefined,
  ): void;
}

export interface LanesOptions extends Pick<LaneOptions, "shard" | "handling" | "tenure"> {
  readonly rules: LaneRules;
  readonly checkpointer: Checkpointer;
  readonly meter: LaneMeter;
  /** Aborts when nothing more is to be taken up; what cannot go on aborts it. */
  readonly reading: LinkedSignal;
  /** The first record at which one of them rests. */
  readonly onHalted: (at: Position | undefined) => void;
}

/** What somebody waits for. */
interface Awaited {
  readonly isReached: () => boolean;
  readonly resolve: () => void;
}

export class Lanes {
  readonly #options: LanesOptions;
  readonly #laneOptions: LaneOptions;
  readonly #takesWhole: boolean;
  readonly #window: Window;
  readonly #backlog: Backlog;
  readonly #turns: Turns;
  readonly #idle: Lane[] = [];
  readonly #halted = new Set<Lane>();
  readonly #busy = new Set<Lane>();
  /** Aborts when no further try is wanted. */
  readonly #calling: LinkedSignal;
  #newestDone: Position | undefined;
  /** `undefined` as long as records are taken up. */
  #finish: Finish | undefined;
  #awaited: Awaited | undefined;

  constructor(options: LanesOptions) {
    const { reading, rules, shard, tenure } = options;
    this.#options = options;
    this.#takesWhole = takesWhole(rules);
    this.#window = new Window(rules.window);
    this.#backlog = new Backlog(laneLimits(rules));
    this.#calling = new LinkedSignal(shard.signal);
    this.#turns = new Turns(rules.concurrency, this.#calling.signal);
    this.#laneOptions = {
      ...options,
      tenure: { ...tenure, untilSignal: this.#calling.signal },
      turns: this.#turns,
      mayTry: (lane) => this.#finish?.mayTry(lane) ?? true,
      onTurn: () => this.#fill(),
      onDone: (done, how) => this.#done(done, how),
      onHalted: (lane) => this.#noteHalt(lane),
    };
    reading.signal.addEventListener("abort", () => this.#beginFinish(), { once: true });
    this.#calling.signal.addEventListener("abort", () => this.#stir(), { once: true });
  }

  /** The first record at which a lane rests; `undefined` if none does. */
  get haltedAt(): Position | undefined {
    return firstOf(this.#halted)?.haltedAt;
  }

  /** Ends the rest of all, or skips the first record at which one rests; `false` if there is no such rest. */
  endRest(how: RestEnd): boolean {
    if (how === "skip") return firstOf(this.#halted)?.endRest(how) ?? false;
    const ended = [...this.#halted].filter((lane) => lane.endRest(how));
    return ended.length > 0;
  }

  /** Resolves when the records are taken up; rejects when nothing more is to be. */
  async take(built: BuiltBatch, fetch: TakenFetch): Promise<void> {
    const { checkpointer } = this.#options;
    if (this.#takesWhole) await this.#takeWhole(built, fetch);
    else await this.#takeEach(built, fetch);
    // What was left out behind them is done with them.
    if (reachesFurther(built)) checkpointer.complete(checkpointer.handOut(built.upTo));
    this.#fill();
  }

  /** Resolves when everything that was taken up is done; rejects when that is not to be any more. */
  async finished(): Promise<void> {
    const { checkpointer, reading } = this.#options;
    await this.#until(() => this.#busy.size === 0 && checkpointer.isSettled, reading.signal);
    reading.signal.throwIfAborted();
  }

  /**
   * Once nothing more is taken up: resolves when no handler is at work any more; rejects with the signal's reason when it
   * aborts.
   */
  stopped(signal: AbortSignal): Promise<void> {
    const isOver = (): boolean => this.#finish === undefined || this.#calling.signal.aborted;
    return this.#until(() => this.#busy.size === 0 && isOver(), signal);
  }

  async #takeWhole({ batch, bytes, isMalformed }: BuiltBatch, fetch: TakenFetch): Promise<void> {
    const { records } = batch;
    if (!this.#hasRoom(records.length, bytes)) await this.#untilRoom(records.length, bytes);
    this.#backlog.addTogether(records.map((record) => this.#takeUp(record, isMalformed, fetch)));
  }

  async #takeEach({ batch, isMalformed }: BuiltBatch, fetch: TakenFetch): Promise<void> {
    const isByKey = this.#options.rules.ordering === "partition-key";
    for (const record of batch.records) {
      const bytes = record.data.length;
      if (!this.#hasRoom(1, bytes)) await this.#untilRoom(1, bytes);
      const key = isByKey ? record.partitionKey : undefined;
      this.#backlog.add(this.#takeUp(record, isMalformed, fetch), key);
    }
  }

  #takeUp(record: ConsumedRecord, isMalformed: boolean, fetch: TakenFetch): TakenRecord {
    const { checkpointer, handling, meter } = this.#options;
    const { arrivedAtMs, sequenceNumber, subSequenceNumber } = record;
    const origin = { arrivedAtMs, sinceMs: handling.clock.nowMs() };
    // A position of its own: the record itself, and its data, would be kept until the checkpoint has passed it.
    const delivery = checkpointer.handOut({ sequenceNumber, subSequenceNumber }, origin);
    this.#window.takeUp(record.data.length);
    fetch.takeUp();
    if (checkpointer.oldest === delivery) meter.noteTaken(origin);
    return { record, delivery, fetch, isMalformed };
  }

  #hasRoom(records: number, bytes: number): boolean {
    return this.#window.hasRoom(records, bytes, this.#options.checkpointer.pending);
  }

  /** Until it is worth while: for a single record only where a lane has nothing to do. */
  async #untilRoom(records: number, bytes: number): Promise<void> {
    const { checkpointer, reading } = this.#options;
    this.#fill();
    const isReached = (): boolean =>
      this.#hasRoom(records, bytes) &&
      (this.#backlog.isEmpty || this.#window.isRoomy(checkpointer.pending));
    await this.#until(isReached, reading.signal);
  }

  #fill(): void {
    if (this.#finish === undefined) this.#handOut();
    else this.#finish.note();
  }

  #handOut(): void {
    while (!this.#backlog.isEmpty && this.#turns.tryTake()) void this.#work(this.#backlog.next());
  }

  /** With a turn that was taken for it. */
  async #work(work: LaneWork): Promise<void> {
    const lane = this.#idle.pop() ?? new Lane(this.#laneOptions);
    this.#busy.add(lane);
    try {
      await lane.handle(work);
      this.#backlog.done(work);
    } catch (error) {
      // Nothing more is to be handed out, or it cannot go on: either is so for all lanes.
      this.#calling.abort(error);
      this.#options.reading.abort(error);
    }
    this.#busy.delete(lane);
    this.#idle.push(lane);
    this.#fill();
    this.#stir();
  }

  #done(done: readonly TakenRecord[], how: "handled" | "given up"): void {
    const { checkpointer, meter } = this.#options;
    const last = done.at(-1);
    if (last === undefined) return;
    const { upTo } = last.delivery;
    if (how === "handled") checkpointer.asked.handled(upTo);
    this.#newestDone = laterOf(this.#newestDone, upTo);
    let bytes = 0;
    for (const { delivery, fetch, record } of done) {
      bytes += record.data.length;
      checkpointer.complete(delivery);
      this.#window.release(record.data.length);
      fetch.release();
    }
    const oldest = checkpointer.oldest?.origin;
    const { arrivedAtMs } = oldest ?? last.record;
    meter.noteDoneBeside({ records: done.length, bytes, arrivedAtMs }, oldest);
    this.#stir();
  }

  #noteHalt(lane: Lane): void {
    if (lane.haltedAt === undefined) this.#halted.delete(lane);
    else this.#halted.add(lane);
    this.#options.onHalted(this.haltedAt);
    this.#fill();
  }

  /** Where batches are pulled nobody knows whether anybody will pull again; a lost lease aborts the calls by itself. */
  #beginFinish(): void {
    const { handling, reading, tenure } = this.#options;
    const { reason } = reading.signal;
    const calling = this.#calling;
    if (handling.pulls !== undefined) calling.abort(reason);
    if (calling.signal.aborted) return;
    this.#finish = new Finish({
      backlog: this.#backlog,
      busy: this.#busy,
      calling,
      clock: handling.clock,
      handOut: () => this.#handOut(),
      isPaused: tenure.isPaused,
      newestDone: () => this.#newestDone,
      reason,
    });
  }

  #stir(): void {
    if (this.#awaited?.isReached() === true) this.#awaited.resolve();
  }

  /** One waits at a time: whoever takes up, and in the end whoever stops. */
  #until(isReached: () => boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#awaited = undefined;
        signal.removeEventListener("abort", onAbort);
      };
      const onAbort = (): void => {
        leave();
        reject(signal.reason);
      };
      if (isReached()) return resolve();
      if (signal.aborted) return reject(signal.reason);
      signal.addEventListener("abort", onAbort);
      this.#awaited = {
        isReached,
        resolve: () => {
          leave();
          resolve();
        },
      };
    });
  }
}

/** Whether a batch reaches further than its last record. */
function reachesFurther({ batch, upTo }: BuiltBatch): boolean {
  const last = batch.records.at(-1);
  return last === undefined || comparePositions(last, upTo) < 0;
}
