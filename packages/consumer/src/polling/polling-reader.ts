// Reads shards by polling GetRecords. What the shards of a worker share is here; the reading of one is in shard-poll.ts.
import type { Fetch, FetchRoom } from "../batch/fetch.ts";
import type { ReadStart, ShardReader } from "../shard/shard-reader.ts";
import { ReadPace } from "./read-pace.ts";
import { ShardPoll, type ShardPollOptions } from "./shard-poll.ts";

/** Turns that are so far apart, as parts of a whole, lie evenly however many there are. */
const GOLDEN_PART = (Math.sqrt(5) - 1) / 2;

export class PollingReader implements ShardReader {
  readonly #options: ShardPollOptions;
  #phase: number;

  constructor(options: ShardPollOptions) {
    this.#options = options;
    this.#phase = options.random.next();
  }

  read(
    shardId: string,
    start: ReadStart,
    room: FetchRoom,
    signal: AbortSignal,
  ): AsyncIterable<Fetch> {
    return this.course()(shardId, start, room, signal);
  }

  /** Reads one shard, over and over: however often it begins anew, the shard is read at one pace. */
  course(): ShardReader["read"] {
    this.#phase = (this.#phase + GOLDEN_PART) % 1;
    const pace = new ReadPace(this.#options.policy, this.#phase);
    return (shardId, start, room, signal) =>
      new ShardPoll({ shardId, start, room, pace, signal }, this.#options).fetches();
  }
}
