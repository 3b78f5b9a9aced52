// Reads shards by enhanced fan-out. What the shards of a worker share is here; the reading of one is in fan-out-reading.ts.
import type { Fetch, FetchRoom } from "../batch/fetch.ts";
import type { ReadStart, ShardReader } from "../shard/shard-reader.ts";
import { FanOutReading, type FanOutReadingOptions } from "./fan-out-reading.ts";

export class FanOutReader implements ShardReader {
  readonly #options: FanOutReadingOptions;

  constructor(options: FanOutReadingOptions) {
    this.#options = options;
  }

  read(
    shardId: string,
    start: ReadStart,
    room: FetchRoom,
    signal: AbortSignal,
  ): AsyncIterable<Fetch> {
    this.#options.registration.begin();
    return new FanOutReading({ shardId, start, room, signal }, this.#options).fetches();
  }
}
