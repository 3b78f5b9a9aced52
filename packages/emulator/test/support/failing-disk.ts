// A disk that refuses something, as long as the refusal is in use.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

/** What can be refused; all calls of it in this process are. */
type Refusable = "fdatasyncSync" | "writeSync";

/** From now on nothing can be written, but for the next so many times. */
export function fullDisk(left = 0): Disposable {
  return refuse("writeSync", { code: "ENOSPC", syscall: "write", left });
}

/** From now on nobody is told that something is on the disk. */
export function brokenDisk(): Disposable {
  return refuse("fdatasyncSync", { code: "EIO", syscall: "fdatasync", left: 0 });
}

interface Refusal {
  readonly code: string;
  readonly syscall: string;
  /** So many calls are still served. */
  readonly left: number;
}

function refuse(name: Refusable, { code, syscall, left }: Refusal): Disposable {
  const real = fs[name] as (...args: unknown[]) => unknown;
  let calls = 0;
  const put = (call: unknown): void => {
    Object.assign(fs, { [name]: call });
    syncBuiltinESMExports();
  };
  put((...args: unknown[]) => {
    calls += 1;
    if (calls <= left) return real(...args);
    throw Object.assign(new Error(`${code}: refused by the test, ${syscall}`), { code, syscall });
  });
  return { [Symbol.dispose]: () => put(real) };
}
