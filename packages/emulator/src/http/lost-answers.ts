// Carries out what an answer's fault says, over either protocol.
import type { ServerResponse } from "node:http";
import { constants, type ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Http2Code } from "../faults/fault-effects.ts";
import type { HttpAnswer } from "./http-message.ts";
import type { WireFault } from "./wire-fault.ts";

/** Loses an answer over HTTP/1.1. */
export function loseHttp1Answer(
  response: ServerResponse,
  answer: HttpAnswer,
  fault: WireFault,
): void {
  const { socket } = response;
  if (socket === null) return;
  switch (fault.kind) {
    case "close":
      socket.destroySoon();
      return;
    case "reset":
    case "resetStream":
      reset(socket);
      return;
    case "goAway":
      if (!fault.answers) {
        reset(socket);
        return;
      }
      response.writeHead(answer.status, { ...answer.headers, connection: "close" });
      response.end(answer.body);
      return;
    case "cutBody":
      response.writeHead(answer.status, answer.headers);
      response.write(cut(answer, fault.afterBytes), () => socket.destroy());
  }
}

/** Loses an answer over HTTP/2; `socket` is that of the session. */
export function loseHttp2Answer(
  stream: ServerHttp2Stream,
  answer: HttpAnswer,
  fault: WireFault,
  socket: Socket,
): void {
  const { session } = stream;
  switch (fault.kind) {
    case "close":
      socket.destroySoon();
      return;
    case "reset":
      reset(socket);
      return;
    case "resetStream":
      stream.close(numberOf(fault.code));
      return;
    case "goAway":
      if (!fault.answers) {
        session?.goaway(numberOf(fault.code));
        // Frames arrive in order: once the ping is answered, the GOAWAY has been read.
        session?.ping(() => socket.destroy());
        return;
      }
      session?.goaway(constants.NGHTTP2_NO_ERROR);
      stream.respond({ ":status": answer.status, ...answer.headers });
      stream.end(answer.body);
      session?.close();
      return;
    case "cutBody":
      stream.respond({ ":status": answer.status, ...answer.headers });
      stream.write(cut(answer, fault.afterBytes), () => socket.destroy());
  }
}

function numberOf(code: Http2Code): number {
  return constants[`NGHTTP2_${code}`];
}

/** What is still sent of a body that breaks off; of one that is made piece by piece nothing is. */
function cut({ body }: HttpAnswer, afterBytes: number | undefined): Buffer {
  if (!Buffer.isBuffer(body)) return Buffer.alloc(0);
  return body.subarray(0, afterBytes ?? body.length >> 1);
}

/** A connection under TLS cannot be reset on its own; it is cut off. */
function reset(socket: Socket): void {
  if (socket instanceof TLSSocket) socket.destroy();
  else socket.resetAndDestroy();
}
