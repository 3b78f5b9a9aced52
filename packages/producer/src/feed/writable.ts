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
  const goOn = (hasRoom: boolean, done: (error?: Error) => void): void => {
    if (hasRoom) done();
    else producer.ready({}).then(() => done(), done);
  };
  const writable = new Writable({
    objectMode: true,
    highWaterMark: HIGH_WATER_MARK,
    write: (chunk: Chunk, _encoding, done) => goOn(put(chunk), done),
    writev: (chunks, done) => {
      let hasRoom = true;
      for (const { chunk } of chunks as readonly { readonly chunk: Chunk }[]) hasRoom = put(chunk);
      goOn(hasRoom, done);
    },
    final: (done) => void producer.flush().then(() => done(), done),
  });
  return writable;
}
