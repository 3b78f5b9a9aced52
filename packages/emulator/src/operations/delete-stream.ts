// DeleteStream.
// Faithful: only an ACTIVE stream is deleted, and its records can be read until it is gone; its consumers go with
// it, and only if EnforceConsumerDeletion says so. Deviates: they stay ACTIVE until then.
import { streamOf } from "../input/addressing.ts";
import { structure } from "../input/compound-shapes.ts";
import { STREAM_ADDRESS, type StreamAddress } from "../input/members.ts";
import type { Call, NoOutput, Operation } from "../operation.ts";
import { flag } from "../input/scalar-shapes.ts";
import { ServiceException } from "../service-exception.ts";
import { requireRate } from "../limits/throttling.ts";

/** Members of the call. */
export interface DeleteStreamInput extends StreamAddress {
  readonly EnforceConsumerDeletion?: boolean;
}

/** Deletes a stream. */
export const deleteStream: Operation<DeleteStreamInput, NoOutput> = {
  name: "DeleteStream",
  input: structure<DeleteStreamInput>({ ...STREAM_ADDRESS, EnforceConsumerDeletion: flag() }),
  run,
};

function run(input: DeleteStreamInput, call: Call): NoOutput {
  const stream = streamOf(input, call);
  stream.requireStatus("ACTIVE");
  if (stream.consumers.count > 0 && input.EnforceConsumerDeletion !== true) {
    throw new ServiceException(
      "ResourceInUseException",
      `Stream ${stream.plan.name} under account ${stream.home.accountId} has registered consumers; ` +
        "EnforceConsumerDeletion deletes them with it.",
    );
  }
  requireRate("DeleteStream", call, stream);
  stream.remove();
  return undefined;
}
