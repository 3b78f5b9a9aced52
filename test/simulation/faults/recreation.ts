// Somebody deletes the stream and creates it again under its name, with another number of shards; twice at most. When the
// faults are over it is there.
import { type Clock, KinesisError, type Random } from "@shardline/core";
import type { Emulator } from "@shardline/emulator";
import { WORLD } from "../evidence/story.ts";
import { drawDelayMs, type RecreationOdds } from "../odds.ts";
import type { Befall } from "./incidents.ts";

const MAX_TIMES = 2;
/** Who is refused tries again. */
const AGAIN_MS = 1000;
/** It is there, and gone, for so long at least: streams tell when they were created in whole seconds. */
const MIN_MS = 1500;
const MAX_SHARDS = 6;

interface RecreationParts {
  readonly emulator: Emulator;
  readonly stream: string;
  readonly odds: RecreationOdds;
  /** Dies when the faults are over. */
  readonly clock: Clock;
  /** The world's own. */
  readonly world: Clock;
  readonly random: Random;
  readonly befall: Befall;
  /** With the time at which it was created, in epoch seconds. */
  readonly onReborn: (streamEpoch: number) => void;
}

export class Recreation {
  readonly #parts: RecreationParts;
  #isAway = false;
  /** How often it was created again. */
  #times = 0;

  constructor(parts: RecreationParts) {
    this.#parts = parts;
  }

  /** Whether there is no stream just now. */
  get isAway(): boolean {
    return this.#isAway;
  }

  /** With which errors whoever begins now may end: it finds no stream, or had found one that is no more. */
  endings(): (error: unknown) => boolean {
    const times = this.#times;
    return (error) => {
      const wasAway = this.#isAway || this.#times > times;
      return wasAway && KinesisError.is(error, "STREAM_NOT_FOUND");
    };
  }

  /** Waits for the next time that it is deleted. */
  await(): void {
    const { clock, odds, random } = this.#parts;
    const afterMs = MIN_MS + drawDelayMs(odds.everyMs, random);
    clock.startTimer(afterMs, () => void this.#delete());
  }

  /** Nobody deletes it any more; if it is away it is back soon. */
  heal(): void {
    const { world } = this.#parts;
    if (this.#isAway) world.startTimer(MIN_MS, () => void this.#create(world));
  }

  async #delete(): Promise<void> {
    const { befall, clock, odds, random } = this.#parts;
    // It is refused while a reshard is under way.
    if (!(await this.#isDone("DeleteStream", { EnforceConsumerDeletion: true }))) {
      clock.startTimer(AGAIN_MS, () => void this.#delete());
      return;
    }
    this.#isAway = true;
    befall(WORLD, "stream deleted", "the stream is deleted");
    const awayMs = MIN_MS + random.next() * (odds.maxAwayMs - MIN_MS);
    clock.startTimer(awayMs, () => void this.#create(clock));
  }

  async #create(timers: Clock): Promise<void> {
    const { onReborn, random } = this.#parts;
    const shards = 1 + Math.floor(random.next() * MAX_SHARDS);
    if (!(await this.#isDone("CreateStream", { ShardCount: shards }))) {
      timers.startTimer(AGAIN_MS, () => void this.#create(timers));
      return;
    }
    this.#isAway = false;
    this.#times += 1;
    onReborn(Math.floor(timers.wallTimeMs() / 1000));
    if (this.#times < MAX_TIMES) this.await();
  }

  async #isDone(operation: string, request: object): Promise<boolean> {
    const { emulator, stream } = this.#parts;
    try {
      await emulator.call(operation, { StreamName: stream, ...request });
      return true;
    } catch {
      return false;
    }
  }
}
