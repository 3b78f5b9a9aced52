// The emulator that workers read from, in a process of its own, with a stream for each kind of them.
import type { EmulatorClientConfig } from "@shardline/emulator";
import { HelperProcess } from "../producer/helper-process.ts";
import type { StreamsQuestion, StreamsTask } from "./stream-process.ts";
import type { WorkerKind } from "./worker-kinds.ts";

type StreamsProcess = HelperProcess<EmulatorClientConfig, number>;

export class Streams implements AsyncDisposable {
  readonly #process: StreamsProcess;

  private constructor(process: StreamsProcess) {
    this.#process = process;
  }

  /** @param shards of each stream */
  static async start(
    kinds: readonly WorkerKind[],
    shards: number,
    rest: Omit<StreamsTask, "streams"> = {},
  ): Promise<Streams> {
    const streams = Object.fromEntries(kinds.map((kind) => [streamOf(kind), shards]));
    const task: StreamsTask = { ...rest, streams };
    return new Streams(await HelperProcess.start("../workers/stream-process.js", task));
  }

  get client(): EmulatorClientConfig {
    return this.#process.ready;
  }

  ask(question: StreamsQuestion): Promise<number> {
    return this.#process.ask(question);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }
}

/** Also what applications are called, and so their tables. */
export function streamOf(kind: WorkerKind): string {
  return `bench-${kind.replaceAll(/\W/g, "-")}`;
}
