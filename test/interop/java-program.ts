// Runs one of the programs under java/ as a process of its own, on one of Amazon's libraries.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { onTestFinished } from "vitest";
import { type AtEnd, LineProgram } from "./line-program.ts";

const JAVA = resolve(import.meta.dirname, "java");
/** Of a heap that is not asked for, Java takes a quarter of the machine. */
const OPTIONS = ["-Xmx1g", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"];

/** A library in one version, with what it needs: two versions fit on no class path together. */
export type JavaLibrary = "kcl-2.7" | "kcl-3.5" | "kpl" | "dynamodb-local";

/**
 * @param name of the program's class
 * @param flags of its command line, by their names
 * @param atEnd when it is killed if it is still there, and what it unpacked is removed
 */
export function startJava(
  library: JavaLibrary,
  name: string,
  flags: Readonly<Record<string, string | number>>,
  atEnd: AtEnd = onTestFinished,
): LineProgram {
  // Native parts of libraries are unpacked there, and stay.
  const temp = mkdtempSync(join(tmpdir(), "java-"));
  const args = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
  const built = join(JAVA, library, "target");
  const native = [`-Djava.io.tmpdir=${temp}`, `-Dsqlite4java.library.path=${built}/lib`];
  const options = [...OPTIONS, ...native, "-cp", `${built}/classes:${built}/lib/*`];
  const program = new LineProgram(
    "java",
    [...options, `shardline.interop.${name}`, ...args],
    atEnd,
  );
  atEnd(async () => {
    await program.kill();
    rmSync(temp, { recursive: true, force: true });
  });
  return program;
}
