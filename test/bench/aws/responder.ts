// The responder, seen from the benchmark.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { ResponderReady } from "./responder-messages.ts";

/** A running responder. */
export class Responder implements AsyncDisposable {
  readonly ready: ResponderReady;
  readonly #process: ChildProcess;

  private constructor(ready: ResponderReady, child: ChildProcess) {
    this.ready = ready;
    this.#process = child;
  }

  /** Starts one. */
  static async start(): Promise<Responder> {
    const child = fork(join(import.meta.dirname, "responder-process.js"), {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const [ready] = (await once(child, "message")) as [ResponderReady];
    return new Responder(ready, child);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exit = once(this.#process, "exit");
    this.#process.disconnect();
    await exit;
  }
}
