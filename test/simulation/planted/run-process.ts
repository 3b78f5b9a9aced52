// Runs a program of Node's to its end, or until nobody waits for it any more.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

export interface RunOptions {
  readonly cwd: string;
  /** Ends it at once. */
  readonly signal: AbortSignal;
  /** After so long it is ended. */
  readonly timeoutMs: number;
}

/** How a program ended, and all that it said. */
export interface Ended {
  /** `null` if its time was over. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Resolves when it has ended, also after an abort, which then is what it rejects with. */
export async function runProcess(
  args: readonly string[],
  { cwd, signal, timeoutMs }: RunOptions,
): Promise<Ended> {
  signal.throwIfAborted();
  // In a group of its own, because what it has started itself is to end with it: the compiler is such a child.
  const child = spawn(process.execPath, args, {
    cwd,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const end = (): void => killGroup(child);
  signal.addEventListener("abort", end);
  const timer = setTimeout(end, timeoutMs);
  try {
    const all = Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
    const [stdout, stderr, [code]] = await all;
    signal.throwIfAborted();
    return { code: code as number | null, stdout, stderr };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
  }
}

function killGroup({ exitCode, pid, signalCode }: ChildProcess): void {
  if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, "SIGKILL");
}
