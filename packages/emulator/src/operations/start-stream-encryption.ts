// StartStreamEncryption.
// Faithful: in effect at the end of UPDATING, for records stored from then on, which say so; another key is a change;
// 25 changes in any 24 hours. Deviates: nothing is encrypted; every key is taken as one that the account may use;
// asking for the present key succeeds and changes nothing.
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

/** Encrypts what is put into a stream from now on. */
export const startStreamEncryption: Operation<EncryptionInput, NoOutput> = {
  name: "StartStreamEncryption",
  input: structure<EncryptionInput>(ENCRYPTION),
  run,
};

function run(input: EncryptionInput, call: Call): NoOutput {
  const stream = streamOf(input, call);
  stream.requireStatus("ACTIVE");
  requireKms(input);
  const { encryption, encryptionStarts } = stream;
  const isChange = encryption.type === "NONE" || encryption.keyId !== input.KeyId;
  if (isChange) requireFewChanges(stream, encryptionStarts, "started", call.nowMs);
  requireRate("StartStreamEncryption", call, stream);
  if (!isChange) return undefined;
  stream.change({ encryption: { type: "KMS", keyId: input.KeyId } });
  encryptionStarts.add(call.nowMs);
  return undefined;
}
