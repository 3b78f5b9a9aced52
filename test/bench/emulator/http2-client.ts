// The load over HTTP/2 without TLS, by prior knowledge: on one session that all requests share, or, as the AWS SDK
// for JavaScript does it by default, with a connection for each.
import { once } from "node:events";
import { type ClientHttp2Session, connect, type OutgoingHttpHeaders } from "node:http2";
import type { Client, Lane } from "./load.ts";
import type { Traffic } from "./traffic.ts";

/** So that answers of megabytes come without a pause. */
const WINDOW_BYTES = 16_777_216;
export const POST = { ":method": "POST", ":path": "/" } as const;

/** A client whose requests share one session; so many are under way. */
export async function http2Client(port: number, traffic: Traffic, lanes: number): Promise<Client> {
  const session = await openSession(port);
  const lane: Lane = (turn) => ask(session, traffic, turn);
  return { lanes: Array.from({ length: lanes }, () => lane), close: () => session.destroy() };
}

/** A client that opens a connection for each request. */
export function http2ConnectingClient(port: number, traffic: Traffic, lanes: number): Client {
  const lane: Lane = async (turn) => {
    const session = await openSession(port);
    try {
      return await ask(session, traffic, turn);
    } finally {
      session.close();
    }
  };
  return { lanes: Array.from({ length: lanes }, () => lane), close: () => {} };
}

/** Opens a session with large windows. */
export async function openSession(port: number): Promise<ClientHttp2Session> {
  const session = connect(`http://127.0.0.1:${port}`, {
    settings: { initialWindowSize: WINDOW_BYTES },
  });
  await once(session, "connect");
  session.setLocalWindowSize(WINDOW_BYTES);
  return session;
}

async function ask(
  session: ClientHttp2Session,
  { operation, contentType, bodies }: Traffic,
  turn: number,
): Promise<readonly Buffer[]> {
  const body = bodies[turn % bodies.length] as Buffer;
  const headers: OutgoingHttpHeaders = {
    ...POST,
    "content-type": contentType,
    "content-length": body.length,
    "x-amz-target": `Kinesis_20131202.${operation}`,
  };
  const stream = session.request(headers);
  stream.end(body);
  const pieces: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => pieces.push(chunk));
  let status: number | undefined;
  stream.on("response", (answer) => {
    status = answer[":status"];
  });
  await once(stream, "end");
  if (status !== 200) throw new Error(`refused: ${Buffer.concat(pieces).toString()}`);
  return pieces;
}
