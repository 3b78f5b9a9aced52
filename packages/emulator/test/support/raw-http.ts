// Requests as plain bytes on a socket, for what no client library would send.
import { once } from "node:events";
import { connect, type Socket } from "node:net";

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The body as it came. */
  readonly bytes: Buffer;
}

/** Opens a connection and hands it to `use`; it is closed afterwards. */
export async function withSocket<T>(port: number, use: (socket: Socket) => Promise<T>): Promise<T> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  await once(socket, "connect");
  try {
    return await use(socket);
  } finally {
    socket.destroy();
  }
}

/** The bytes of a request to Kinesis. */
export function requestOf(
  operation: string,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
): Buffer {
  const bytes = Buffer.from(body);
  const all = {
    host: "localhost",
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": `Kinesis_20131202.${operation}`,
    "content-length": String(bytes.length),
    ...headers,
  };
  const head = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`POST / HTTP/1.1\r\n${head.join("")}\r\n`), bytes]);
}

/** Sends bytes and reads one answer of stated length. */
export function exchange(port: number, ...pieces: readonly Buffer[]): Promise<RawAnswer> {
  return withSocket(port, async (socket) => {
    for (const piece of pieces) socket.write(piece);
    return readAnswer(socket);
  });
}

/** Reads one answer of stated length. */
export async function readAnswer(socket: Socket): Promise<RawAnswer> {
  let text = "";
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    text += (chunk as Buffer).toString("latin1");
    const headEnd = text.indexOf("\r\n\r\n");
    if (headEnd < 0) continue;
    const [statusLine = "", ...lines] = text.slice(0, headEnd).split("\r\n");
    const headers = Object.fromEntries(
      lines.map((line) => {
        const at = line.indexOf(":");
        return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
      }),
    );
    const body = text.slice(headEnd + 4);
    if (body.length < Number(headers["content-length"] ?? 0)) continue;
    const bytes = Buffer.from(body, "latin1");
    return {
      status: Number(statusLine.split(" ")[1]),
      headers,
      body: bytes.toString(),
      bytes,
    };
  }
  throw new Error(`the connection ended after: ${text.slice(0, 200)}`);
}

/** Resolves when the other side has ended the connection. */
export async function untilClosed(socket: Socket): Promise<void> {
  socket.resume();
  // A reset closes it as well, as it does when the server leaves what was sent unread.
  socket.on("error", () => undefined);
  if (!socket.destroyed) await new Promise((resolve) => socket.once("close", resolve));
}
