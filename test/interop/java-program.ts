// Runs one of the programs under java/ as a process of its own. They print lines with tabs between the fields, and end
// when their standard input does.
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";

const JAVA = resolve(import.meta.dirname, "java/target");
const CLASS_PATH = `${JAVA}/classes:${JAVA}/lib/*`;
/** Of a heap that is not asked for, Java takes a quarter of the machine. */
const OPTIONS = [
  "-Xmx1g",
  `-Dsqlite4java.library.path=${JAVA}/lib`,
  "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
];

/** The fields of one line. */
export type Fields = readonly string[];

/** A program under way. */
export class JavaProgram {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #listeners = new Set<(fields: Fields) => void>();
  #log = "";

  private constructor(name: string, flags: Readonly<Record<string, string | number>>) {
    const args = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
    const command = [...OPTIONS, "-cp", CLASS_PATH, `shardline.interop.${name}`, ...args];
    this.#child = spawn("java", command);
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => (this.#log += text));
    createInterface({ input: this.#child.stdout }).on("line", (line) => {
      const fields = line.split("\t");
      for (const listener of this.#listeners) listener(fields);
    });
  }

  /** Starts a program; it is killed at the end of the test if it is still there. */
  static start(name: string, flags: Readonly<Record<string, string | number>>): JavaProgram {
    const program = new JavaProgram(name, flags);
    onTestFinished(() => program.kill());
    return program;
  }

  /** What it has written to its log, warnings and worse. */
  get log(): string {
    return this.#log;
  }

  onLine(listener: (fields: Fields) => void): void {
    this.#listeners.add(listener);
  }

  /** Resolves with the first line of a kind that comes from now on; rejects if the program ends before. */
  async line(kind: string): Promise<Fields> {
    const ended = once(this.#child, "close").then(() => {
      throw new Error(`java ended without a line "${kind}"; its log: ${this.#log}`);
    });
    const seen = new Promise<Fields>((found) => {
      this.onLine((fields) => void (fields[0] === kind && found(fields)));
    });
    return Promise.race([seen, ended]);
  }

  /** Hands it a line; waits while it has more than it can take. */
  async write(line: string): Promise<void> {
    if (!this.#child.stdin.write(`${line}\n`)) await once(this.#child.stdin, "drain");
  }

  /** Asks it to end in good order, and waits until it has. */
  async stop(): Promise<void> {
    const closed = this.#closed();
    this.#child.stdin.end();
    await closed;
    if (this.#child.exitCode !== 0) {
      throw new Error(`java ended with ${this.#child.exitCode}; its log: ${this.#log}`);
    }
  }

  async kill(): Promise<void> {
    const closed = this.#closed();
    this.#child.kill("SIGKILL");
    await closed;
  }

  async #closed(): Promise<void> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode === null && signalCode === null) await once(this.#child, "close");
  }
}
