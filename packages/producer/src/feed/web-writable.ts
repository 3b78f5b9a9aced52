// The producer as the end of a pipeline of web streams.
import {
  CountQueuingStrategy,
  WritableStream,
  type WritableStreamDefaultController,
} from "node:stream/web";
import type { KinesisError, UserRecord } from "@shardline/core";
import type { Feedable, WritableOptions } from "./feedable.ts";

/**
 * A WritableStream: a chunk is done when the buffer has room for another, the stream is closed when everything written
 * to it is settled. Aborting it takes nothing back.
 */
export function createWebWritable<Chunk>(
  producer: Feedable,
  { onFailed, toRecord = (chunk) => chunk as UserRecord }: WritableOptions<Chunk>,
): WritableStream<Chunk> {
  let stream: WritableStreamDefaultController | undefined;
  let failure: KinesisError | undefined;
  const fail = (error: KinesisError): void => {
    failure ??= error;
    stream?.error(error);
  };
  return new WritableStream<Chunk>(
    {
      start: (controller) => {
        stream = controller;
      },
      write: async (chunk) => {
        const hasRoom = producer.write(toRecord(chunk), (error) => {
          if (error !== undefined) (onFailed ?? fail)(error);
        });
        if (!hasRoom) await producer.ready({});
      },
      close: async () => {
        await producer.flush();
        // A stream that is closing cannot be errored any more, only its closing can fail.
        if (failure !== undefined) throw failure;
      },
    },
    new CountQueuingStrategy({ highWaterMark: 64 }),
  );
}
