// The producer's process, and how far it is.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { ProducerProgress, ProducerSetup } from "./chaos-messages.ts";

const NOTHING_YET: ProducerProgress = { put: 0, stored: 0, failures: [], isDone: false };

export class ProducerClient implements AsyncDisposable {
  readonly #process: ChildProcess;
  progress: ProducerProgress = NOTHING_YET;

  constructor(setup: ProducerSetup, onEnd: (reason: string) => void) {
    this.#process = fork(join(import.meta.dirname, "producer-process.js"), [JSON.stringify(setup)]);
    this.#process.on("message", (progress: ProducerProgress) => {
      this.progress = progress;
    });
    this.#process.once("exit", (code, signal) =>
      onEnd(`the producer ended with ${code ?? signal}`),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.removeAllListeners("exit");
    const { exitCode, signalCode } = this.#process;
    if (exitCode !== null || signalCode !== null) return;
    const ended = once(this.#process, "exit");
    this.#process.kill("SIGKILL");
    await ended;
  }
}
