// Carries out what an answer's fault says, over either protocol: before the answer, or in the middle of it.
import type { ServerResponse } from "node:http";
import { constants, type ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Http2Code } from "../faults/wire-effects.ts";
import type { HttpAnswer } from "./http-message.ts";
import { LostAnswer } from "./lost-answer.ts";
import type { WireFault } from "./wire-fault.ts";

/** Whether there is still an answer to write. */
type Left = "answer" | "nothing";

/** Does over HTTP/1.1 what a fault says. */
export function meetHttp1Fault(
  response: ServerResponse,
  answer: HttpAnswer,
  fault: WireFault,
): Left {
  const { socket } = response;
  if (socket === null) return "nothing";
  switch (fault.kind) {
    case "close":
      socket.destroySoon();
      return "nothing";
    case "reset":
    case "resetStream":
      reset(socket);
      return "nothing";
    case "goAway":
      if (fault.answers) response.setHeader("connection", "close");
      else reset(socket);
      return fault.answers ? "answer" : "nothing";
    case "cutBody":
      response.writeHead(answer.status, answer.headers);
      response.write(cutOf(answer, fault.afterBytes), () => socket.destroy());
      return "nothing";
  }
}

/** Does over HTTP/2 what a fault says; `socket` is that of the session. */
export function meetHttp2Fault(
  stream: ServerHttp2Stream,
  answer: HttpAnswer,
  fault: WireFault,
  socket: Socket,
): Left {
  switch (fault.kind) {
    case "close":
      socket.destroySoon();
      return "nothing";
    case "reset":
      reset(socket);
      return "nothing";
    case "resetStream":
      stream.close(numberOf(fault.code));
      return "nothing";
    case "goAway":
      stream.session?.goaway(numberOf(fault.code));
      if (fault.answers) stream.session?.close();
      else whenRead(stream, () => socket.destroy());
      return fault.answers ? "answer" : "nothing";
    case "cutBody":
      stream.respond({ ":status": answer.status, ...answer.headers });
      stream.write(cutOf(answer, fault.afterBytes), () => socket.destroy());
      return "nothing";
  }
}

/** Ends an HTTP/1.1 answer whose body failed: what was written of it still arrives. */
export function breakOffHttp1(response: ServerResponse, error: unknown): void {
  if (error instanceof LostAnswer) response.socket?.destroySoon();
  else response.destroy();
}

/** The same over HTTP/2. */
export function breakOffHttp2(stream: ServerHttp2Stream, error: unknown, socket: Socket): void {
  if (!(error instanceof LostAnswer)) stream.destroy();
  else if (error.code === undefined) whenRead(stream, () => socket.destroy());
  else whenRead(stream, () => resetStream(stream, error.code ?? "CANCEL"));
}

/** Where it ends with an error Node sends that at once; some of its versions end the stream in order before any other code. */
function resetStream(stream: ServerHttp2Stream, code: Http2Code): void {
  if (code === "INTERNAL_ERROR") stream.destroy(new Error("the stream is reset"));
  else stream.close(numberOf(code));
}

/** Frames arrive in order: once a ping is answered, everything before it has been read. */
function whenRead({ session }: ServerHttp2Stream, then: () => void): void {
  if (session === undefined || session.destroyed) then();
  else session.ping(then);
}

function numberOf(code: Http2Code): number {
  return constants[`NGHTTP2_${code}`];
}

/** What is still sent of a body that breaks off; of one that is made piece by piece nothing is. */
export function cutOf({ body }: HttpAnswer, afterBytes: number | undefined): Buffer {
  if (!Buffer.isBuffer(body)) return Buffer.alloc(0);
  return body.subarray(0, afterBytes ?? body.length >> 1);
}

/** A connection under TLS cannot be reset on its own; it is cut off. */
function reset(socket: Socket): void {
  if (socket instanceof TLSSocket) socket.destroy();
  else socket.resetAndDestroy();
}
