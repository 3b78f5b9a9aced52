// Data of a Kinesis record -> the user records inside, as the KCL's AggregatorUtil sees them: plain unless
// magic, digest and message are all right. Nothing that arrives can make it throw, hang, or use more memory
// than in proportion to its input.
import { decodeCanonical } from "./canonical-decoder.ts";
import type { Deaggregation } from "./deaggregation.ts";
import { isAggregate, messageOf } from "./envelope.ts";
import { decodeProtobuf } from "./protobuf-decoder.ts";

/**
 * Takes the data of a Kinesis record apart. The data of its user records are views of it and not copies: one
 * record that is kept keeps all of it in memory.
 */
export function deaggregate(data: Uint8Array): Deaggregation {
  if (!isAggregate(data)) return { kind: "plain" };
  const message = messageOf(data);
  const records = decodeCanonical(message);
  return records === undefined ? decodeProtobuf(message) : { kind: "aggregate", records };
}
