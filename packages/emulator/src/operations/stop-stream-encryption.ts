// StopStreamEncryption.
// Faithful: in effect at the end of UPDATING; records that were stored encrypted still say so; 25 times in any 24
// hours. Deviates: the key that is named is not compared with the stream's; a stream that is not encrypted is left as
// it is, and the call succeeds.
import { streamOf } from "../input/addressing.ts";
import { structure } from "../input/compound-shapes.ts";
import {
  ENCRYPTION,
  type EncryptionInput,
  requireFewChanges,
  requireKms,
} from "../input/encryption-members.ts";
import { requireRate } from "../limits/throttling.ts";
import type { Call, NoOutput, Operation } from "../operation.ts";

/** Encrypts nothing more that is put into a stream. */
export const stopStreamEncryption: Operation<EncryptionInput, NoOutput> = {
  name: "StopStreamEncryption",
  input: structure<EncryptionInput>(ENCRYPTION),
  run,
};

function run(input: EncryptionInput, call: Call): NoOutput {
  const stream = streamOf(input, call);
  stream.requireStatus("ACTIVE");
  requireKms(input);
  const isChange = stream.encryption.type === "KMS";
  if (isChange) requireFewChanges(stream, stream.encryptionStops, "stopped", call.nowMs);
  requireRate("StopStreamEncryption", call, stream);
  if (!isChange) return undefined;
  stream.change({ encryption: { type: "NONE" } });
  stream.encryptionStops.add(call.nowMs);
  return undefined;
}
