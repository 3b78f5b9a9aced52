// Runs the built command line as a user does: a process of its own, its streams, its exit code.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import type { Readable } from "node:stream";
import { onTestFinished } from "vitest";

const BIN = resolve(import.meta.dirname, "../../packages/cli/bin/shardline.js");

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command under way. */
export interface Running {
  readonly pid: number;
  /** The first line of its standard output. */
  readonly firstLine: Promise<string>;
  readonly finished: Promise<Finished>;
  /** Resolves once standard error has said so, also where it did before. */
  said(words: string): Promise<void>;
  /** What standard error has said that matches. */
  found(pattern: RegExp): string | undefined;
  /** Stops reading its standard output, as `head` does when it has seen enough. */
  hangUp(): void;
  stop(signal?: NodeJS.Signals): void;
}

/** Starts a command; it is killed at the end of the test if it is still there. */
export function startShardline(args: readonly string[], input?: string | Uint8Array): Running {
  const env = { ...process.env, NO_COLOR: "1", AWS_EC2_METADATA_DISABLED: "true" };
  const child = spawn(process.execPath, [BIN, ...args], { env });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  if (input !== undefined) child.stdin.end(input);
  const [stdout, stderr] = [new Heard(child.stdout), new Heard(child.stderr)];
  const finished = once(child, "close").then(() => ({
    code: child.exitCode,
    stdout: stdout.text,
    stderr: stderr.text,
  }));
  return {
    pid: child.pid ?? 0,
    firstLine: stdout.until("\n").then(() => stdout.text.slice(0, stdout.text.indexOf("\n"))),
    finished,
    said: (words) => stderr.until(words),
    found: (pattern) => pattern.exec(stderr.text)?.[0],
    hangUp: () => void child.stdout.destroy(),
    stop: (signal = "SIGTERM") => void child.kill(signal),
  };
}

/** Runs a command to its end. */
export function shardline(args: readonly string[], input?: string | Uint8Array): Promise<Finished> {
  return startShardline(args, input ?? "").finished;
}

/** What a stream has said, from its beginning. */
class Heard {
  text = "";
  readonly #stream: Readable;

  constructor(stream: Readable) {
    this.#stream = stream;
    stream.setEncoding("utf8").on("data", (more: string) => {
      this.text += more;
    });
  }

  /** Resolves once it has said some words; never, if it has not and ends. */
  async until(words: string): Promise<void> {
    while (!this.text.includes(words)) await once(this.#stream, "data");
  }
}
