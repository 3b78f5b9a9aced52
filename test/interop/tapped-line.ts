// Carries bytes to a port of the loopback interface and back, and keeps them.
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { onTestFinished } from "vitest";

export class TappedLine {
  /** Byte by byte, as a text. */
  asked = "";
  told = "";
  readonly port: number;

  private constructor(server: Server) {
    this.port = (server.address() as AddressInfo).port;
  }

  static async to(port: number): Promise<TappedLine> {
    const server = createServer((near) => {
      const far = connect(port, "127.0.0.1");
      near.on("data", (bytes: Buffer) => (line.asked += bytes.toString("latin1")));
      far.on("data", (bytes: Buffer) => (line.told += bytes.toString("latin1")));
      for (const socket of [near, far]) socket.on("error", () => undefined);
      near.pipe(far).pipe(near);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const line = new TappedLine(server);
    return line;
  }
}
