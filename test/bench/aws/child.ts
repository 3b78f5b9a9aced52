// A process of the benchmark's own: its first message, and its answers.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** A running process that sends one message when it is ready, and one whenever it is asked. */
export class Child<Message> implements AsyncDisposable {
  readonly ready: Message;
  readonly #process: ChildProcess;

  private constructor(ready: Message, child: ChildProcess) {
    this.ready = ready;
    this.#process = child;
  }

  /** Starts a file of this folder. */
  static async start<Message>(file: string, args: readonly string[] = []): Promise<Child<Message>> {
    const child = fork(join(import.meta.dirname, file), args, {
      execArgv: [],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const [ready] = (await once(child, "message")) as [Message];
    return new Child(ready, child);
  }

  async ask(): Promise<Message> {
    this.#process.send({});
    const [answer] = (await once(this.#process, "message")) as [Message];
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exit = once(this.#process, "exit");
    this.#process.disconnect();
    await exit;
  }
}
