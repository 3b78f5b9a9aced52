// How many bytes things take on the wire, to the byte: what lets a producer fill an aggregate to its limit
// without encoding it first.

/** Length of a varint; values are below 2^32, as every length and index here is. */
export function varintBytes(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  return value < 0x1000_0000 ? 4 : 5;
}

/** A length-delimited field with its tag, its length and its content. */
export function fieldBytes(contentBytes: number): number {
  return 1 + varintBytes(contentBytes) + contentBytes;
}

/** The content of a record's field: its two indexes, the second only if it has one, and its data. */
export function recordBytes(
  partitionKeyIndex: number,
  explicitHashKeyIndex: number | undefined,
  dataBytes: number,
): number {
  const hashKeyBytes =
    explicitHashKeyIndex === undefined ? 0 : 1 + varintBytes(explicitHashKeyIndex);
  return 1 + varintBytes(partitionKeyIndex) + hashKeyBytes + fieldBytes(dataBytes);
}
