// Whether the process that started this one is still there: so that nothing is left behind by a test run that was killed.
import { fstatSync } from "node:fs";

const LOOK_EVERY_MS = 500;

/**
 * Resolves once the parent has gone: this process then has another one, and a standard input that the parent held open
 * has ended. A standard input that is a file, a terminal or nothing says nothing about the parent.
 */
export function untilParentGone(stdin: NodeJS.ReadableStream): Promise<void> {
  const parent = process.ppid;
  return new Promise((resolve) => {
    const gone = (): void => {
      clearInterval(timer);
      resolve();
    };
    const timer = setInterval(() => {
      if (process.ppid !== parent) gone();
    }, LOOK_EVERY_MS);
    timer.unref();
    if (isHeldOpen()) stdin.on("end", gone).on("close", gone).resume();
  });
}

function isHeldOpen(): boolean {
  try {
    const stdin = fstatSync(0);
    return stdin.isFIFO() || stdin.isSocket();
  } catch {
    return false;
  }
}
