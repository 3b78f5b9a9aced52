// A Java program of a peer's, in a process of its own: it is ready, and answers one question at a time.
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { JAVA_FOLDER, type JavaModule, libraries } from "./java-peers.ts";

/** Its command line, by the names of the flags. */
export type Flags = Readonly<Record<string, string | number>>;

/** Says nothing but what is broken; for the rest the virtual machine stays as it comes. */
const OPTIONS = ["-Dorg.slf4j.simpleLogger.defaultLogLevel=error"];

export class JavaProcess implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  readonly #temp: string;
  #log = "";

  private constructor(child: ChildProcessWithoutNullStreams, temp: string) {
    this.#child = child;
    this.#temp = temp;
    this.#lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    child.stderr.setEncoding("utf8").on("data", (text: string) => (this.#log += text));
    // That it has ended says more than that it no longer reads.
    child.stdin.on("error", () => undefined);
  }

  /** Starts a program of a module. What it unpacks goes to a folder of its own, of which it is told by a flag. */
  static async start(module: JavaModule, program: string, flags: Flags = {}): Promise<JavaProcess> {
    const temp = mkdtempSync(join(tmpdir(), "bench-"));
    const classPath = `${join(JAVA_FOLDER, module, "target/classes")}:${libraries(module)}/*`;
    const args = Object.entries({ ...flags, temp }).flatMap(([flag, value]) => [
      `--${flag}`,
      String(value),
    ]);
    const options = [...OPTIONS, `-Djava.io.tmpdir=${temp}`, "-cp", classPath];
    // The KPL's daemon asks for credentials there, although it was given some.
    const env = { ...process.env, AWS_EC2_METADATA_DISABLED: "true" };
    const child = spawn("java", [...options, `shardline.bench.${program}`, ...args], { env });
    const started = new JavaProcess(child, temp);
    await started.#answer();
    return started;
  }

  /** Words in, words out. */
  ask(...question: readonly (string | number)[]): Promise<readonly string[]> {
    this.#child.stdin.write(`${question.join("\t")}\n`);
    return this.#answer();
  }

  async #answer(): Promise<readonly string[]> {
    const { done, value } = await this.#lines.next();
    if (done === true) throw new Error(`a Java program ended; its log: ${this.#log}`);
    return value.split("\t");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exit = once(this.#child, "exit");
      this.#child.stdin.end();
      await exit;
    }
    rmSync(this.#temp, { recursive: true, force: true });
  }
}
