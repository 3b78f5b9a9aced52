// Stands between one process and one service, byte for byte, and cuts them off from each other as networks do.
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/**
 * How a process is cut off:
 * - `refused`: its connections are reset, and new ones as well;
 * - `silent`: nothing comes through, in neither direction;
 * - `mute`: what it asks for comes through and takes effect, the answers do not.
 */
export type Outage = "refused" | "silent" | "mute";

/** An outage under way. */
export interface Cut {
  /** Connections that were reset, or messages that were held back, so far. */
  readonly hits: number;
  /** Lets what was held back come through late, or resets the connections that it was on. */
  end(how: "late" | "reset"): void;
}

export class Relay implements AsyncDisposable {
  readonly #server: Server;
  readonly #targetPort: number;
  readonly #pairs = new Set<Pair>();
  #outage: Outage | undefined;
  #hits = 0;

  private constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#server = createServer({ noDelay: true }, (client) => this.#accept(client));
  }

  /** Listens on a free port of this machine. */
  static async listen(targetPort: number): Promise<Relay> {
    const relay = new Relay(targetPort);
    relay.#server.listen(0, "127.0.0.1");
    await once(relay.#server, "listening");
    return relay;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get isCut(): boolean {
    return this.#outage !== undefined;
  }

  /** Begins an outage; one at a time. */
  cut(outage: Outage): Cut {
    if (this.#outage !== undefined) throw new Error(`is ${this.#outage} already`);
    this.#outage = outage;
    this.#hits = 0;
    let hitsInTheEnd: number | undefined;
    for (const pair of this.#pairs) this.#strike(pair, outage);
    const hits = (): number => hitsInTheEnd ?? this.#hits;
    return {
      get hits() {
        return hits();
      },
      end: (how) => {
        hitsInTheEnd = this.#hits;
        this.#outage = undefined;
        for (const pair of this.#pairs) pair.restore(how);
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const pair of this.#pairs) pair.reset();
    await closed;
  }

  #accept(client: Socket): void {
    const target = connect({ port: this.#targetPort, host: "127.0.0.1", noDelay: true });
    const pair = new Pair(client, target, {
      onHeld: () => void (this.#hits += 1),
      onEnd: () => void this.#pairs.delete(pair),
    });
    this.#pairs.add(pair);
    if (this.#outage !== undefined) this.#strike(pair, this.#outage);
  }

  #strike(pair: Pair, outage: Outage): void {
    if (outage === "refused") {
      this.#hits += 1;
      pair.reset();
    } else pair.hold(outage);
  }
}

interface PairEvents {
  readonly onHeld: () => void;
  readonly onEnd: () => void;
}

/** One connection on its way through. */
class Pair {
  readonly #sockets: readonly [Socket, Socket];
  readonly #requests: Lane;
  readonly #answers: Lane;
  #state: "open" | "reset" = "open";

  constructor(client: Socket, target: Socket, { onEnd, onHeld }: PairEvents) {
    this.#sockets = [client, target];
    this.#requests = new Lane(client, target, onHeld);
    this.#answers = new Lane(target, client, onHeld);
    let open = 2;
    for (const socket of this.#sockets) {
      // Told by "close", which comes after it.
      socket.on("error", () => undefined);
      socket.once("close", () => {
        open -= 1;
        if (open === 0) onEnd();
      });
    }
  }

  hold(outage: "silent" | "mute"): void {
    if (outage === "silent") this.#requests.hold();
    this.#answers.hold();
  }

  restore(how: "late" | "reset"): void {
    if (this.#state === "reset") return;
    if (how === "reset" && this.#hasHeld) return this.reset();
    this.#requests.release();
    this.#answers.release();
  }

  reset(): void {
    if (this.#state === "reset") return;
    this.#state = "reset";
    for (const socket of this.#sockets) {
      // A reset would wait for what is still to be written, and, where an end is on its way, leak the socket.
      const isQuiet = !socket.connecting && socket.writable && socket.writableLength === 0;
      if (isQuiet) socket.resetAndDestroy();
      else socket.destroy();
    }
  }

  get #hasHeld(): boolean {
    return this.#requests.hasHeld || this.#answers.hasHeld;
  }
}

/** One direction of a connection. What was sent before the sender died arrives after it, as it does on real wires. */
class Lane {
  readonly #to: Socket;
  readonly #held: Buffer[] = [];
  #state: "open" | "holding" = "open";
  #hasEnded = false;

  constructor(from: Socket, to: Socket, onHeld: () => void) {
    this.#to = to;
    from.on("data", (chunk: Buffer) => {
      if (this.#state === "holding") {
        this.#held.push(chunk);
        onHeld();
      } else if (!to.write(chunk)) from.pause();
    });
    to.on("drain", () => from.resume());
    from.on("close", () => {
      this.#hasEnded = true;
      if (this.#state === "open" && to.writable) to.end();
    });
  }

  get hasHeld(): boolean {
    return this.#held.length > 0;
  }

  hold(): void {
    this.#state = "holding";
  }

  release(): void {
    this.#state = "open";
    for (const chunk of this.#held.splice(0)) if (this.#to.writable) this.#to.write(chunk);
    if (this.#hasEnded && this.#to.writable) this.#to.end();
  }
}
