// Whether the process that started this one is still there: so that nothing is left behind by a test run that was killed.
import { fstatSync } from "node:fs";

const LOOK_EVERY_MS = 500;
/** Asked as early as can be: it may be gone by the time that there is something to watch it for. */
const PARENT = process.ppid;

/**
 * Resolves once the parent has gone: this process then has another one, and a standard input that the parent held open
 * has ended. A standard input that is a file, a terminal or nothing says nothing about the parent.
 */
export function untilParentGone(stdin: NodeJS.ReadableStream): Promise<void> {
  return new Promise((resolve) => {
    const gone = (): void => {
      clearInterval(timer);
      resolve();
    };
    const timer = setInterval(() => {
      if (process.ppid !== PARENT) gone();
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
