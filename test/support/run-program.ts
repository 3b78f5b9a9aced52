// Runs a small program as a process of its own. It must be plain JavaScript; its imports are those of this workspace.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";

const HERE = resolve(import.meta.dirname, "..");

/** How a program ended, and what it said. */
export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program under way. */
export interface RunningProgram {
  readonly ended: Promise<Ended>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts a program; it is killed at the end of the test if it is still there. */
export function startProgram(
  program: string,
  environment: Readonly<Record<string, string>>,
): RunningProgram {
  const args = ["--no-warnings", "--input-type=module", "--eval", program];
  const env = { ...process.env, ...environment };
  const child = spawn(process.execPath, args, { cwd: HERE, env });
  onTestFinished(() => void child.kill("SIGKILL"));
  const said = Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return {
    ended: said.then(([stdout, stderr, [code, signal]]) => ({
      code: code as number | null,
      signal: signal as string | null,
      stdout,
      stderr,
    })),
    kill: (signal) => void child.kill(signal),
  };
}
