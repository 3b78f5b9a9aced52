// Runs the built command line as a user does: a process of its own, its streams, its exit code.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
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
  /** Resolves when standard error has said so. */
  said(words: string): Promise<unknown>;
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
  const finished = Promise.all([
    // Nothing is known of an output that nobody wanted to see the end of.
    text(child.stdout).catch(() => ""),
    text(child.stderr),
    once(child, "close"),
  ]);
  return {
    pid: child.pid ?? 0,
    firstLine: firstLineOf(child.stdout),
    finished: finished.then(([stdout, stderr]) => ({ code: child.exitCode, stdout, stderr })),
    said: (words) => untilSaid(child.stderr, words),
    hangUp: () => void child.stdout.destroy(),
    stop: (signal = "SIGTERM") => void child.kill(signal),
  };
}

/** Runs a command to its end. */
export function shardline(args: readonly string[], input?: string | Uint8Array): Promise<Finished> {
  return startShardline(args, input ?? "").finished;
}

async function firstLineOf(stream: NodeJS.ReadableStream): Promise<string> {
  const seen = await untilSaid(stream, "\n");
  return seen.slice(0, seen.indexOf("\n"));
}

async function untilSaid(stream: NodeJS.ReadableStream, words: string): Promise<string> {
  let seen = "";
  while (!seen.includes(words)) {
    const [chunk] = (await once(stream, "data")) as [Buffer];
    seen += chunk.toString();
  }
  return seen;
}
