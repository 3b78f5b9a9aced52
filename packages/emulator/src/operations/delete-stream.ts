// DeleteStream.
// Faithful: only an ACTIVE stream is deleted, and its records can be read until it is gone. Deviates:
// EnforceConsumerDeletion changes nothing, because no consumers can be registered here.
import { streamOf } from "../input/addressing.ts";
import { structure } from "../input/compound-shapes.ts";
import { STREAM_ADDRESS, type StreamAddress } from "../input/members.ts";
import type { NoOutput, Operation } from "../operation.ts";
import { flag } from "../input/scalar-shapes.ts";

/** Members of the call. */
export interface DeleteStreamInput extends StreamAddress {
  readonly EnforceConsumerDeletion?: boolean;
}

/** Deletes a stream. */
export const deleteStream: Operation<DeleteStreamInput, NoOutput> = {
  name: "DeleteStream",
  input: structure<DeleteStreamInput>({ ...STREAM_ADDRESS, EnforceConsumerDeletion: flag() }),
  run: (input, call) => {
    streamOf(input, call).remove();
    return undefined;
  },
};
