// The reading side of SubscribeToShard over HTTP/2: hands on the payload of each event and looks at nothing in it, so
// that reading costs little beside what is measured.
import type { ClientHttp2Session, ClientHttp2Stream } from "node:http2";
import { POST } from "./http2-client.ts";

const PRELUDE_BYTES = 12;
const CHECKSUM_BYTES = 4;

/** From where on. */
export type StartingPosition =
  | { readonly Type: "LATEST" | "TRIM_HORIZON" }
  | { readonly Type: "AFTER_SEQUENCE_NUMBER"; readonly SequenceNumber: string };

/** Where to subscribe, with the members of the service's model. */
export interface SubscribeInput {
  readonly ConsumerARN: string;
  readonly ShardId: string;
  readonly StartingPosition: StartingPosition;
}

/** Subscribes. Resolves once the first message has come, which holds no event; rejects where it is refused. */
export function subscribe(
  session: ClientHttp2Session,
  input: SubscribeInput,
  onEvent: (payload: Buffer) => void,
): Promise<ClientHttp2Stream> {
  const stream = session.request({
    ...POST,
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": "Kinesis_20131202.SubscribeToShard",
  });
  stream.end(JSON.stringify(input));
  return new Promise((resolve, reject) => {
    stream.on("error", reject);
    stream.on("response", ({ ":status": status }) => {
      if (status !== 200) reject(new Error(`a subscription was refused with ${status}`));
    });
    let isFirst = true;
    readMessages(stream, (payload) => {
      if (!isFirst) onEvent(payload);
      else resolve(stream);
      isFirst = false;
    });
  });
}

function readMessages(stream: ClientHttp2Stream, onMessage: (payload: Buffer) => void): void {
  let pieces: Buffer[] = [];
  let have = 0;
  let need = PRELUDE_BYTES;
  stream.on("data", (chunk: Buffer) => {
    pieces.push(chunk);
    have += chunk.length;
    if (have < need) return;
    let bytes = Buffer.concat(pieces);
    while (bytes.length >= PRELUDE_BYTES && bytes.length >= bytes.readUInt32BE(0)) {
      const length = bytes.readUInt32BE(0);
      const payloadAt = PRELUDE_BYTES + bytes.readUInt32BE(4);
      onMessage(bytes.subarray(payloadAt, length - CHECKSUM_BYTES));
      bytes = bytes.subarray(length);
    }
    need = bytes.length >= PRELUDE_BYTES ? bytes.readUInt32BE(0) : PRELUDE_BYTES;
    pieces = [bytes];
    have = bytes.length;
  });
}
