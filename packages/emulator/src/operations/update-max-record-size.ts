// UpdateMaxRecordSize.
// Faithful: from 1 to 10 MiB, in effect at the end of UPDATING; larger records that are stored stay readable.
// Deviates: nowhere known.
import { streamOf } from "../input/addressing.ts";
import { structure } from "../input/compound-shapes.ts";
import { TEXTS } from "../input/members.ts";
import { KIB, MAX_RECORD_SIZE_IN_KIB } from "../input/settings-members.ts";
import { required } from "../input/shape.ts";
import { requireRate } from "../limits/throttling.ts";
import type { NoOutput, Operation } from "../operation.ts";
import { invalidArgument } from "../service-exception.ts";

/** Members of the call. */
export interface UpdateMaxRecordSizeInput {
  readonly StreamARN?: string;
  readonly StreamId?: string;
  readonly MaxRecordSizeInKiB: number;
}

/** Sets how large a record of a stream may be. */
export const updateMaxRecordSize: Operation<UpdateMaxRecordSizeInput, NoOutput> = {
  name: "UpdateMaxRecordSize",
  input: structure<UpdateMaxRecordSizeInput>({
    StreamARN: TEXTS.StreamARN,
    StreamId: TEXTS.StreamId,
    MaxRecordSizeInKiB: required(MAX_RECORD_SIZE_IN_KIB),
  }),
  run: ({ MaxRecordSizeInKiB, ...address }, call) => {
    if (address.StreamARN === undefined) throw invalidArgument("StreamARN must be given.");
    const stream = streamOf(address, call);
    stream.requireStatus("ACTIVE");
    requireRate("UpdateMaxRecordSize", call, stream);
    stream.change({ maxRecordBytes: MaxRecordSizeInKiB * KIB });
    return undefined;
  },
};
