// CBOR as the AWS SDK for Java writes it, with Jackson: maps and lists of unstated length, times tagged. Written
// apart from what is tested, from RFC 8949 alone.

/** Bytes of a whole item. */
export function jackson(value: unknown): Buffer {
  if (value === null) return Buffer.of(0xf6);
  if (typeof value === "boolean") return Buffer.of(value ? 0xf5 : 0xf4);
  if (typeof value === "number") return Buffer.concat([headOf(0, value)]);
  if (typeof value === "string") return withHead(3, Buffer.from(value));
  if (value instanceof Uint8Array) return withHead(2, value);
  // The marshaller writes a tag and a long.
  if (value instanceof Date) return Buffer.concat([Buffer.of(0xc1), headOf(0, value.getTime())]);
  if (Array.isArray(value)) return unstated(0x9f, value.map(jackson));
  return unstated(
    0xbf,
    Object.entries(value as object)
      .flat()
      .map(jackson),
  );
}

function unstated(first: number, items: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.of(first), ...items, Buffer.of(0xff)]);
}

function withHead(major: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([headOf(major, bytes.length), bytes]);
}

function headOf(major: number, value: number): Buffer {
  const type = major << 5;
  if (value < 24) return Buffer.of(type | value);
  if (value < 0x100) return Buffer.of(type | 24, value);
  const bytes = value < 0x1_0000 ? 2 : value < 0x1_0000_0000 ? 4 : 8;
  const head = Buffer.alloc(1 + bytes, type | (23 + Math.log2(bytes) + 1));
  if (bytes === 8) head.writeBigUInt64BE(BigInt(value), 1);
  else head.writeUIntBE(value, 1, bytes);
  return head;
}
