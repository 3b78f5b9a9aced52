// A server under measurement, seen from the benchmark. It runs in a process of its own, so that what it spends can be
// told from what the load costs, and so that the two have a core each.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { AskUsage, Ready, ServerKind, Usage } from "./server-messages.ts";

/** A running server. */
export class Server implements AsyncDisposable {
  readonly kind: ServerKind;
  readonly port: number;
  readonly ready: Ready;
  readonly #process: ChildProcess;

  private constructor(kind: ServerKind, ready: Ready, child: ChildProcess) {
    this.kind = kind;
    this.port = ready.port;
    this.ready = ready;
    this.#process = child;
  }

  /** Starts a server; `heapMb` bounds its heap where the default would be too small. */
  static async start(
    kind: ServerKind,
    { heapMb }: { readonly heapMb?: number } = {},
  ): Promise<Server> {
    const bound = heapMb === undefined ? [] : [`--max-old-space-size=${heapMb}`];
    const child = fork(join(import.meta.dirname, "server-process.js"), [kind], {
      execArgv: ["--expose-gc", ...bound],
      // Peers greet on the standard output, which belongs to the results.
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const [ready] = (await once(child, "message")) as [Ready];
    return new Server(kind, ready, child);
  }

  /** What it has spent so far and holds now. */
  async usage(ask: AskUsage = { collect: false }): Promise<Usage> {
    this.#process.send(ask);
    const [usage] = (await once(this.#process, "message")) as [Usage];
    return usage;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exit = once(this.#process, "exit");
    this.#process.disconnect();
    await exit;
  }
}
