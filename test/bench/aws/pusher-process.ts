// A server that pushes ready events to whoever subscribes, as fast as they are read; in a process of its own.
import { once } from "node:events";
import { createServer, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { EVENTS, eventMessage, message, type RecordSize } from "./pushed-messages.ts";
import type { PusherReady } from "./reader-messages.ts";

const INITIAL = message("initial-response", "{}");
const MESSAGES: Readonly<Record<RecordSize, Buffer>> = {
  "50 KB": eventMessage("50 KB"),
  "1 KB": eventMessage("1 KB"),
};

const server = createServer();
server.on("session", (session) => session.on("error", () => undefined));
server.on("stream", (stream) => {
  const pieces: Buffer[] = [];
  stream.on("error", () => undefined).on("data", (piece: Buffer) => pieces.push(piece));
  stream.on("end", () => {
    const { ShardId } = JSON.parse(Buffer.concat(pieces).toString()) as { ShardId: RecordSize };
    void push(stream, MESSAGES[ShardId]);
  });
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
const ready: PusherReady = { h2c: (server.address() as AddressInfo).port };
process.send?.(ready);
process.on("disconnect", () => process.exit());

async function push(stream: ServerHttp2Stream, event: Buffer): Promise<void> {
  stream.respond({ ":status": 200, "content-type": "application/vnd.amazon.eventstream" });
  stream.write(INITIAL);
  for (let i = 0; i < EVENTS; i += 1) {
    if (!stream.write(event)) await once(stream, "drain");
  }
  stream.end();
}
