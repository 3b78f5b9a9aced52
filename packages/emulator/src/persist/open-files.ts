// Which files this process holds open: how its threads see each other. The system closes what a thread held once that has
// ended, in whatever way, and after all that it still wrote. Where there is no /proc nobody can tell.
import { closeSync, existsSync, fstatSync, openSync, readdirSync, readSync } from "node:fs";

const OPEN_FILES = "/proc/self/fd";
const NOT_HELD: Disposable = { [Symbol.dispose]: () => {} };

/** Holds a file open until it is disposed of, at most as long as this thread lives. */
export function holdOpen(file: string): Disposable {
  // What is open can hardly be moved or taken away on other systems, and there it would be of no use.
  if (!existsSync(OPEN_FILES)) return NOT_HELD;
  const held = openSync(file, "r");
  return { [Symbol.dispose]: () => closeSync(held) };
}

/** Whether a thread of this process holds a file open that has this text; `undefined` where that cannot be told. */
export function isHeldOpen(text: string): boolean | undefined {
  try {
    const own = openSync(OPEN_FILES, "r");
    try {
      const open = readdirSync(OPEN_FILES).map(Number);
      // A list that leaves this one out may leave out others as well.
      return open.includes(own) ? open.some((file) => hasText(file, text)) : undefined;
    } finally {
      closeSync(own);
    }
  } catch {
    return undefined;
  }
}

function hasText(file: number, text: string): boolean {
  const wanted = Buffer.from(text);
  try {
    const stats = fstatSync(file);
    if (!stats.isFile() || stats.size !== wanted.length) return false;
    const bytes = Buffer.alloc(wanted.length);
    readSync(file, bytes, 0, bytes.length, 0);
    return bytes.equals(wanted);
  } catch (error) {
    // It was closed meanwhile.
    if ((error as NodeJS.ErrnoException).code === "EBADF") return false;
    throw error;
  }
}
