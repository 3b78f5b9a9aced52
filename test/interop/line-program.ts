// A process that prints lines with tabs between the fields, and ends when its standard input does.
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { onTestFinished } from "vitest";

/** Has something done in the end: `onTestFinished`, or `afterAll`. */
export type AtEnd = (end: () => Promise<void>) => void;

/** The fields of one line. */
export type Fields = readonly string[];

export class LineProgram {
  readonly #child: ChildProcessWithoutNullStreams;
  /** Resolves when it has ended and all that it wrote was read. */
  readonly #closed: Promise<unknown>;
  readonly #listeners = new Set<(fields: Fields) => void>();
  #log = "";
  /** The line that has not ended yet. Of a program that is killed it never does, and tells nothing. */
  #line = "";

  /** Starts a program; it is killed at the end, that of the test unless told otherwise, if it is still there. */
  constructor(command: string, args: readonly string[], atEnd: AtEnd = onTestFinished) {
    // The KPL's daemon asks for credentials there, although it was given some.
    const env = { AWS_EC2_METADATA_DISABLED: "true", ...process.env };
    this.#child = spawn(command, args, { cwd: import.meta.dirname, env });
    this.#closed = once(this.#child, "close");
    this.#closed.catch(() => undefined);
    // That it has ended says more than that it no longer reads.
    this.#child.stdin.on("error", () => undefined);
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => (this.#log += text));
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => this.#read(text));
    atEnd(() => this.kill());
  }

  /** What it has written to its standard error. */
  get log(): string {
    return this.#log;
  }

  onLine(listener: (fields: Fields) => void): void {
    this.#listeners.add(listener);
  }

  /** Resolves with the first line of a kind that comes from now on; rejects if the program ends before. */
  async line(kind: string): Promise<Fields> {
    const ended = this.#closed.then(() => {
      throw new Error(`the program ended without a line "${kind}"; its log: ${this.#log}`);
    });
    const seen = new Promise<Fields>((found) => {
      this.onLine((fields) => void (fields[0] === kind && found(fields)));
    });
    return Promise.race([seen, ended]);
  }

  /** Hands it a line; waits while it has more than it can take. */
  async write(line: string): Promise<void> {
    if (this.#child.stdin.write(`${line}\n`)) return;
    await Promise.race([once(this.#child.stdin, "drain"), this.#closed]);
    if (this.#hasEnded) throw new Error(`the program has ended; its log: ${this.#log}`);
  }

  /** Asks it to end in good order, and waits until it has. */
  async stop(): Promise<void> {
    this.#child.stdin.end();
    await this.#closed;
    if (this.#child.exitCode !== 0) {
      throw new Error(`the program ended with ${this.#child.exitCode}; its log: ${this.#log}`);
    }
  }

  /** Ends it as a crash does. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#closed;
  }

  #read(text: string): void {
    const lines = (this.#line + text).split("\n");
    this.#line = lines.pop() ?? "";
    for (const line of lines) {
      const fields = line.split("\t");
      for (const listener of this.#listeners) listener(fields);
    }
  }

  get #hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }
}
