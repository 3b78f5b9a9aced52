// How one process reaches the services: a relay to each of them, so that it can be cut off from one, and the others not.
import type { EmulatorClientConfig, FaultService } from "@shardline/emulator";
import { Relay } from "./relay.ts";

export class Wire implements AsyncDisposable {
  readonly #client: EmulatorClientConfig;
  readonly #relays: Readonly<Record<FaultService, Relay>>;

  private constructor(client: EmulatorClientConfig, relays: Readonly<Record<FaultService, Relay>>) {
    this.#client = client;
    this.#relays = relays;
  }

  /** @param client reaches the services themselves */
  static async open(client: EmulatorClientConfig): Promise<Wire> {
    const port = Number(new URL(client.endpoint).port);
    const [kinesis, dynamodb] = await Promise.all([Relay.listen(port), Relay.listen(port)]);
    return new Wire(client, { kinesis, dynamodb });
  }

  relay(service: FaultService): Relay {
    return this.#relays[service];
  }

  /** Configuration of a client on this wire. */
  client(service: FaultService): EmulatorClientConfig {
    const { port } = this.#relays[service];
    return { ...this.#client, endpoint: `http://127.0.0.1:${port}` };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { dynamodb, kinesis } = this.#relays;
    await Promise.all([kinesis[Symbol.asyncDispose](), dynamodb[Symbol.asyncDispose]()]);
  }
}
