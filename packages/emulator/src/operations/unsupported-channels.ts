// CreateChannel, UpdateChannel, DescribeChannel, DeleteChannel.
// Not served, and they say so: channels deliver a stream to S3, which is not here.
import { structure } from "../input/compound-shapes.ts";
import type { NoOutput, Operation } from "../operation.ts";
import { invalidArgument } from "../service-exception.ts";

/** The operations on channels but for their list. */
export const UNSUPPORTED_CHANNELS: readonly Operation<object, NoOutput>[] = [
  "CreateChannel",
  "DeleteChannel",
  "DescribeChannel",
  "UpdateChannel",
].map((name) => ({
  name,
  input: structure<object>({}),
  run: () => {
    throw invalidArgument(`${name} is not supported: this emulator has no channels.`);
  },
}));
