// What the ways of putting many records need of a producer.
import type { KinesisError, UserRecord } from "@shardline/core";
import type { OnSettled } from "../record/callback-sink.ts";

/** Takes records and tells when it has room for more. */
export interface Feedable {
  /** Puts a record; answers whether there is room for another. Never throws. */
  write(record: UserRecord, onSettled?: OnSettled): boolean;
  /** Resolves when there is room; rejects when the signal aborts or the producer is closed. */
  ready(options: { readonly signal?: AbortSignal | undefined }): Promise<void>;
  /** Resolves when everything written so far is settled. */
  flush(): Promise<unknown>;
}

/** The same for chunks that are no records by themselves. */
export type ConvertingOptions<Chunk> = WritableOptions<Chunk> &
  Required<Pick<WritableOptions<Chunk>, "toRecord">>;

/** How a stream of chunks becomes records, and what happens to those that fail. */
export interface WritableOptions<Chunk> {
  /** Makes a record of a chunk. @defaultValue the chunk is the record */
  readonly toRecord?: (chunk: Chunk) => UserRecord;
  /** Hears of each record that was not stored. Without it the first one destroys the stream with its error. */
  readonly onFailed?: (error: KinesisError) => void;
}
