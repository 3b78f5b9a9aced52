// Processes that the suite starts beside itself: the endpoint, and one for each variant, so that each has a heap and
// compiled code of its own, and what it spends can be told from what the others do.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

/** A process that says something when it is ready, and answers one question at a time. */
export class HelperProcess<Ready, Answer> implements AsyncDisposable {
  readonly ready: Ready;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, ready: Ready) {
    this.#child = child;
    this.ready = ready;
  }

  /** Starts a module of this folder with one argument, and more in its environment. */
  static async start<Ready, Answer>(
    module: string,
    argument: unknown = null,
    env: NodeJS.ProcessEnv = {},
  ): Promise<HelperProcess<Ready, Answer>> {
    const child = fork(join(import.meta.dirname, module), [JSON.stringify(argument)], {
      execArgv: ["--expose-gc"],
      // The standard output belongs to the results.
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      env: { ...process.env, ...env },
    });
    return new HelperProcess<Ready, Answer>(child, await messageOf<Ready>(child));
  }

  ask(question: unknown = null): Promise<Answer> {
    const answer = messageOf<Answer>(this.#child);
    this.#child.send({ question });
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const exit = once(this.#child, "exit");
    if (this.#child.connected) this.#child.disconnect();
    await exit;
  }
}

/** The next message; rejects if the process ends before. */
function messageOf<Message>(child: ChildProcess): Promise<Message> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void => reject(new Error(`a process ended (${code})`));
    child.once("exit", onExit);
    child.once("message", (message) => {
      child.off("exit", onExit);
      resolve(message as Message);
    });
  });
}
