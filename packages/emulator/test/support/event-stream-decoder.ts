// Reads event streams as a client does: messages out of bytes that come in any pieces. Written from the format, not
// from the encoder, and compared with the decoder of the AWS SDK.
import { crc32 } from "node:zlib";

export interface Message {
  readonly headers: Readonly<Record<string, string>>;
  readonly payload: Buffer;
}

export class EventStreamDecoder {
  #rest: Buffer = Buffer.alloc(0);

  /** Takes the next bytes and answers the messages that they complete. */
  push(bytes: Uint8Array): Message[] {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    const messages: Message[] = [];
    while (this.#rest.length >= 4 && this.#rest.length >= this.#rest.readUInt32BE(0)) {
      const length = this.#rest.readUInt32BE(0);
      messages.push(decodeMessage(this.#rest.subarray(0, length)));
      this.#rest = this.#rest.subarray(length);
    }
    return messages;
  }

  /** Bytes that wait for the rest of their message. */
  get pendingBytes(): number {
    return this.#rest.length;
  }
}

/** Reads one whole message. */
export function decodeMessage(message: Buffer): Message {
  const headersEnd = 12 + message.readUInt32BE(4);
  const payloadEnd = message.length - 4;
  if (message.readUInt32BE(8) !== crc32(message.subarray(0, 8))) throw new Error("prelude's CRC");
  if (message.readUInt32BE(payloadEnd) !== crc32(message.subarray(0, payloadEnd))) {
    throw new Error("message's CRC");
  }
  const headers: [name: string, value: string][] = [];
  for (let at = 12; at < headersEnd; ) {
    const nameEnd = at + 1 + message.readUInt8(at);
    if (message[nameEnd] !== 7) throw new Error("a header that is no text");
    const valueAt = nameEnd + 3;
    const valueEnd = valueAt + message.readUInt16BE(nameEnd + 1);
    const name = message.toString("utf8", at + 1, nameEnd);
    headers.push([name, message.toString("utf8", valueAt, valueEnd)]);
    at = valueEnd;
  }
  // A name may be `__proto__`, which is no member to assign to.
  return {
    headers: Object.fromEntries(headers),
    payload: Buffer.from(message.subarray(headersEnd, payloadEnd)),
  };
}
