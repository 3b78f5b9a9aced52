// Loop: lists the shards when there is no map yet, when a landing contradicts the map, and when it has grown
// old. It rests without a timer in between, so an idle producer holds no process open.
import {
  type Clock,
  type KinesisApi,
  listAllShards,
  type Loop,
  type LoopNext,
  type Random,
  startLoop,
  type StreamRef,
} from "@shardline/core";
import { ShardMap } from "./shard-map.ts";

/** Listings are at least this far apart. */
const MIN_GAP_MS = 1000;
/** A stale map costs no more than a redirected record, so it is renewed this rarely, give or take a fifth. */
const MAX_AGE_MS = 300_000;
const FIRST_BACKOFF_MS = 1000;
const BACKOFF_GROWTH = 1.5;
const MAX_BACKOFF_MS = 30_000;
const UNTIL_WOKEN: LoopNext = { afterMs: Number.POSITIVE_INFINITY };

export interface RefresherOptions {
  readonly kinesis: Pick<KinesisApi, "listShards">;
  readonly stream: StreamRef;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** Whether anybody waits for a map: if not, a failed listing is not repeated until somebody does. */
  readonly isWanted: () => boolean;
  /** Earliest start of a call whose carrier landed on a shard that no map knows; `undefined` if none did. */
  readonly puzzledSinceMs: () => number | undefined;
  readonly onMap: (map: ShardMap) => void;
  readonly onFailure: (error: unknown) => void;
}

export class ShardMapRefresher {
  readonly #options: RefresherOptions;
  readonly #loop: Loop;
  #map: ShardMap | undefined;
  #listedAtMs = Number.NEGATIVE_INFINITY;
  /** Until the next listing; grows while they fail, whoever asks. */
  #gapMs = MIN_GAP_MS;
  #failures = 0;
  #staleAtMs = Number.POSITIVE_INFINITY;
  #isStale = true;

  constructor(options: RefresherOptions) {
    this.#options = options;
    this.#loop = startLoop({
      name: "shard map refresher",
      clock: options.clock,
      signal: options.signal,
      step: (signal) => this.#step(signal),
      backoffMs: () => undefined,
    });
  }

  /** Ends with the signal. */
  get done(): Promise<void> {
    return this.#loop.done;
  }

  /** What is known since that time contradicts the map: that is news unless the map is newer. */
  contradict(sinceMs: number): void {
    if (sinceMs >= this.#listedAtMs) this.#refresh();
  }

  /** Somebody puts: a map that is missing or has grown old is fetched. */
  want(nowMs: number): void {
    if (nowMs >= this.#staleAtMs) this.#refresh();
    else if (this.#map === undefined) this.#loop.wake();
  }

  #refresh(): void {
    this.#isStale = true;
    this.#loop.wake();
  }

  async #step(signal: AbortSignal): Promise<LoopNext> {
    const { clock, isWanted, onFailure } = this.#options;
    const nowMs = clock.nowMs();
    const waitMs = this.#listedAtMs + this.#gapMs - nowMs;
    if (!this.#isStale) return UNTIL_WOKEN;
    if (waitMs > 0) return { afterMs: waitMs };
    this.#isStale = false;
    this.#listedAtMs = nowMs;
    try {
      this.#isStale = !(await this.#list(signal)) || this.#isStale;
      this.#failures = 0;
      this.#gapMs = MIN_GAP_MS;
      return this.#isStale ? { afterMs: MIN_GAP_MS } : UNTIL_WOKEN;
    } catch (error) {
      signal.throwIfAborted();
      this.#isStale = true;
      this.#failures += 1;
      this.#gapMs = this.#backoffMs();
      onFailure(error);
      return isWanted() ? { afterMs: this.#gapMs } : UNTIL_WOKEN;
    }
  }

  /** Whether the listing made a map. */
  async #list(signal: AbortSignal): Promise<boolean> {
    const { clock, kinesis, onMap, puzzledSinceMs, random, stream } = this.#options;
    const open = await listAllShards(kinesis, stream, { type: "AT_LATEST" }, signal);
    const map = ShardMap.of(open, this.#map);
    if (map === undefined) return false;
    this.#staleAtMs = clock.nowMs() + MAX_AGE_MS * (0.8 + 0.4 * random.next());
    this.#map = map;
    onMap(map);
    const sinceMs = puzzledSinceMs();
    if (sinceMs !== undefined) await this.#listSince(sinceMs, map, signal);
    return true;
  }

  /** A shard that took a record and is closed already is only in a listing that reaches back. */
  async #listSince(sinceMs: number, map: ShardMap, signal: AbortSignal): Promise<void> {
    const { clock, kinesis, onMap, stream } = this.#options;
    const timestampMs = clock.wallTimeMs() - (clock.nowMs() - sinceMs);
    const filter = { type: "FROM_TIMESTAMP", timestampMs } as const;
    this.#map = map.knowing(await listAllShards(kinesis, stream, filter, signal));
    onMap(this.#map);
  }

  #backoffMs(): number {
    const whole = Math.min(
      MAX_BACKOFF_MS,
      FIRST_BACKOFF_MS * BACKOFF_GROWTH ** (this.#failures - 1),
    );
    return Math.max(MIN_GAP_MS, whole * (0.5 + 0.5 * this.#options.random.next()));
  }
}
