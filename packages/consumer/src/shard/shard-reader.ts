// The port to a shard's records: polling is behind it, and whatever pushes records will be.
import type { IteratorStart } from "@shardline/core";
import type { Fetch, FetchRoom } from "../batch/fetch.ts";

/** Where to start reading, and where to start again if that place got lost before any record was seen. */
export interface ReadStart {
  readonly first: IteratorStart;
  readonly again: IteratorStart;
  /** Where to start instead, if the service says that the first place cannot be: a time that is yet to come for it. */
  readonly ifRefused?: IteratorStart;
  /** From then on nothing may be missed, in epoch milliseconds; where a record to begin with tells that, it is absent. */
  readonly sinceMs?: number;
}

/** Reads one shard. */
export interface ShardReader {
  /**
   * Fetches from a place on, each when there is room for it, until the shard ends or is gone: the last fetch says so.
   * Rejects with the signal's reason when it aborts; every other fault is dealt with inside.
   */
  read(
    shardId: string,
    start: ReadStart,
    room: FetchRoom,
    signal: AbortSignal,
  ): AsyncIterable<Fetch>;
}
