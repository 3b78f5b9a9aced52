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
/** After so long without a put nobody has noticed what happened to the stream. */
const IDLE_MS = 900_000;
const FIRST_BACKOFF_MS = 1000;
const BACKOFF_GROWTH = 1.5;
const MAX_BACKOFF_MS = 30_000;
/** Seen for moments during a reshard (awslabs/kinesis-scaling-utils issue 72). */
const INCOMPLETE = "the listed shards do not cover every hash key; the shards are listed again";
const UNTIL_WOKEN: LoopNext = { afterMs: Number.POSITIVE_INFINITY };

export interface RefresherOptions {
  readonly kinesis: Pick<KinesisApi, "listShards">;
  readonly stream: StreamRef;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
  /** A stale map costs no more than a redirected record, so it is renewed so rarely, give or take a fifth; 0: never. */
  readonly refreshMs: number;
  /** Whether records are predicted shards at all; if not, the shards are listed for carriers under way only. */
  readonly isNeeded: () => boolean;
  /** Whether anybody waits for a map: if not, a failed listing is not repeated until somebody does. */
  readonly isWanted: () => boolean;
  /** Earliest start of a call whose carrier landed on a shard that no map knows; `undefined` if none did. */
  readonly puzzledSinceMs: () => number | undefined;
  /** Says also when the listing began. */
  readonly onMap: (map: ShardMap, listedAtMs: number) => void;
  readonly onFailure: (error: unknown) => void;
}

export class ShardMapRefresher {
  readonly #options: RefresherOptions;
  readonly #loop: Loop;
  #map: ShardMap | undefined;
  #mapListedAtMs = Number.NEGATIVE_INFINITY;
  /** When the last listing began, whatever came of it. */
  #listedAtMs = Number.NEGATIVE_INFINITY;
  /** Until the next listing; grows while they fail, whoever asks. */
  #gapMs = MIN_GAP_MS;
  #failures = 0;
  #staleAtMs = Number.POSITIVE_INFINITY;
  #isStale = true;
  #isContradicted = false;
  #wantedAtMs = Number.POSITIVE_INFINITY;

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
    if (sinceMs < this.#listedAtMs) return;
    this.#isContradicted = true;
    this.#refresh();
  }

  /** Somebody puts: a map that is missing or has grown old is fetched. */
  want(nowMs: number): void {
    if (!this.#options.isNeeded()) return;
    const isIdle = nowMs - this.#wantedAtMs >= IDLE_MS;
    this.#wantedAtMs = nowMs;
    if (nowMs >= this.#staleAtMs || isIdle) this.#refresh();
    else if (this.#map === undefined) this.#loop.wake();
  }

  /** The stream that was there by then is another one of the same name: a map listed before is forgotten. Answers whether. */
  forget(sinceMs: number): boolean {
    if (this.#mapListedAtMs >= sinceMs) return false;
    this.#map = undefined;
    // A listing under way that began since will do.
    if (this.#listedAtMs < sinceMs) this.#refresh();
    return true;
  }

  #refresh(): void {
    this.#isStale = true;
    this.#loop.wake();
  }

  async #step(signal: AbortSignal): Promise<LoopNext> {
    const { clock, isWanted, onFailure } = this.#options;
    const nowMs = clock.nowMs();
    const waitMs = this.#listedAtMs + this.#gapMs - nowMs;
    if (!this.#isStale || !this.#isDue()) return UNTIL_WOKEN;
    if (waitMs > 0) return { afterMs: waitMs };
    this.#isStale = false;
    this.#isContradicted = false;
    this.#listedAtMs = nowMs;
    try {
      await this.#list(signal);
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

  async #list(signal: AbortSignal): Promise<void> {
    const { clock, kinesis, onMap, puzzledSinceMs, random, refreshMs, stream } = this.#options;
    const listedAtMs = this.#listedAtMs;
    const open = await listAllShards(kinesis, stream, { type: "AT_LATEST" }, signal);
    const map = ShardMap.of(open, this.#map);
    if (map === undefined) throw new Error(INCOMPLETE);
    const ageMs = refreshMs === 0 ? Number.POSITIVE_INFINITY : refreshMs;
    this.#staleAtMs = clock.nowMs() + ageMs * (0.8 + 0.4 * random.next());
    this.#map = map;
    this.#mapListedAtMs = listedAtMs;
    onMap(map, listedAtMs);
    const sinceMs = puzzledSinceMs();
    if (sinceMs !== undefined) await this.#listSince(sinceMs, map, signal);
  }

  /** A shard that took a record and is closed already is only in a listing that reaches back. */
  async #listSince(sinceMs: number, map: ShardMap, signal: AbortSignal): Promise<void> {
    const { clock, kinesis, onMap, stream } = this.#options;
    const timestampMs = clock.wallTimeMs() - (clock.nowMs() - sinceMs);
    const filter = { type: "FROM_TIMESTAMP", timestampMs } as const;
    const listedAtMs = clock.nowMs();
    this.#map = map.knowing(await listAllShards(kinesis, stream, filter, signal));
    onMap(this.#map, listedAtMs);
  }

  /** Where no map is needed, somebody must have asked for one. */
  #isDue(): boolean {
    return this.#options.isNeeded() || this.#isContradicted;
  }

  #backoffMs(): number {
    const whole = Math.min(
      MAX_BACKOFF_MS,
      FIRST_BACKOFF_MS * BACKOFF_GROWTH ** (this.#failures - 1),
    );
    return Math.max(MIN_GAP_MS, whole * (0.5 + 0.5 * this.#options.random.next()));
  }
}
