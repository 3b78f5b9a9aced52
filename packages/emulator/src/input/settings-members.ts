// The members that say what a stream is set to, at its creation and later.
import { structure } from "./compound-shapes.ts";
import { integer, word } from "./scalar-shapes.ts";
import { required, type Shape } from "./shape.ts";
import type { Distribution, StreamMode } from "../stream/stream-settings.ts";

/** Which mode a stream is in. */
export interface StreamModeDetails {
  readonly StreamMode: StreamMode;
}

/** The mode of a stream. */
export const STREAM_MODE_DETAILS: Shape<StreamModeDetails> = structure<StreamModeDetails>({
  StreamMode: required(word("PROVISIONED", "ON_DEMAND")),
});

/** Who decides where records go. */
export const DISTRIBUTION: Shape<Distribution> = word("AUTO", "USER_PARTITION_KEY");

export const KIB = 1024;

/** How large one record may be, partition key included. */
export const MAX_RECORD_SIZE_IN_KIB: Shape<number> = integer({ min: 1024, max: 10_240 });
