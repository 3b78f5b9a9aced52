// A disk that refuses something, as long as the refusal is in use.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

/** What can be refused; all calls of it in this process are. */
type Refusable = "fdatasyncSync" | "writeSync";

/** From now on nothing can be written. */
export function fullDisk(): Disposable {
  return refuse("writeSync", "ENOSPC", "write");
}

/** From now on nobody is told that something is on the disk. */
export function brokenDisk(): Disposable {
  return refuse("fdatasyncSync", "EIO", "fdatasync");
}

function refuse(name: Refusable, code: string, syscall: string): Disposable {
  const real = fs[name];
  const put = (call: unknown): void => {
    Object.assign(fs, { [name]: call });
    syncBuiltinESMExports();
  };
  put(() => {
    throw Object.assign(new Error(`${code}: refused by the test, ${syscall}`), { code, syscall });
  });
  return { [Symbol.dispose]: () => put(real) };
}
