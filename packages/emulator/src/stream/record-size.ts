// How much records count against limits: their data and their UTF-8 partition keys.
import { type Blob, blobLength } from "./blob.ts";

/** What counts of a record. */
interface Sized {
  readonly partitionKey: string;
  readonly data: Blob;
}

/** Data and partition keys of some records. */
export function bytesOf(records: readonly Sized[]): number {
  return records.reduce(
    (sum, { data, partitionKey }) => sum + blobLength(data) + Buffer.byteLength(partitionKey),
    0,
  );
}
