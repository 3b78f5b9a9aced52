// The endpoint of a contest, seen from the benchmark: where it listens, and the certificate that its clients trust.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EndpointArgument, EndpointReady } from "./endpoint-messages.ts";
import { HelperProcess } from "./helper-process.ts";

/** With TLS, as Kinesis itself, or without. */
export type Transport = "plain" | "tls";

export class Endpoint implements AsyncDisposable {
  readonly #process: HelperProcess<EndpointReady, never>;
  readonly #folder: string;

  private constructor(process: HelperProcess<EndpointReady, never>) {
    this.#process = process;
    this.#folder = mkdtempSync(join(tmpdir(), "bench-"));
    writeFileSync(this.caFile, process.ready.ca);
  }

  static async start(argument: EndpointArgument = { puts: "stored" }): Promise<Endpoint> {
    return new Endpoint(
      await HelperProcess.start<EndpointReady, never>("endpoint-process.js", argument),
    );
  }

  url(transport: Transport): string {
    const { port, tlsPort } = this.#process.ready;
    return transport === "tls" ? `https://127.0.0.1:${tlsPort}` : `http://127.0.0.1:${port}`;
  }

  get tlsPort(): number {
    return this.#process.ready.tlsPort;
  }

  /** What clients in Node are told to trust. */
  get env(): NodeJS.ProcessEnv {
    return { NODE_EXTRA_CA_CERTS: this.caFile };
  }

  private get caFile(): string {
    return join(this.#folder, "ca.pem");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    rmSync(this.#folder, { recursive: true, force: true });
    await this.#process[Symbol.asyncDispose]();
  }
}
