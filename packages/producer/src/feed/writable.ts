// The producer as the end of a pipeline of Node streams.
import { Writable } from "node:stream";
import type { KinesisError, UserRecord } from "@shardline/core";
import type { Feedable, WritableOptions } from "./feedable.ts";

/** Chunks gathered while the buffer is full. */
const HIGH_WATER_MARK = 64;

/**
 * An object-mode Writable: a chunk is done when the buffer has room for another, the stream is finished when everything
 * written to it is settled.
 */
export function createWritable<Chunk>(
  producer: Feedable,
  { onFailed, toRecord = (chunk) => chunk as UserRecord }: WritableOptions<Chunk>,
): Writable {
  const fail = onFailed ?? ((error: KinesisError): unknown => writable.destroy(error));
  const put = (chunk: Chunk): boolean =>
    producer.write(toRecord(chunk), (error) => {
      if (error !== undefined) fail(error);
    });
  const take = (chunks: readonly Chunk[], done: (error?: Error | null) => void): void => {
    try {
      const hasRoom = chunks.map(put).at(-1) ?? true;
      if (hasRoom) done();
      else producer.ready({}).then(() => done(), done);
    } catch (error) {
      done(error as Error);
    }
  };
  const writable = new Writable({
    objectMode: true,
    highWaterMark: HIGH_WATER_MARK,
    write: (chunk: Chunk, _encoding, done) => take([chunk], done),
    writev: (chunks, done) =>
      take(
        chunks.map(({ chunk }) => chunk as Chunk),
        done,
      ),
    final: (done) => void producer.flush().then(() => done(), done),
  });
  return writable;
}
