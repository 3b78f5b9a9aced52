// Runs one of the programs under java/ as a process of its own.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { onTestFinished } from "vitest";
import { type AtEnd, LineProgram } from "./line-program.ts";

const JAVA = resolve(import.meta.dirname, "java/target");
const CLASS_PATH = `${JAVA}/classes:${JAVA}/lib/*`;
/** Of a heap that is not asked for, Java takes a quarter of the machine. */
const OPTIONS = [
  "-Xmx1g",
  `-Dsqlite4java.library.path=${JAVA}/lib`,
  "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
];

/**
 * @param flags of its command line, by their names
 * @param atEnd when it is killed if it is still there, and what it unpacked is removed
 */
export function startJava(
  name: string,
  flags: Readonly<Record<string, string | number>>,
  atEnd: AtEnd = onTestFinished,
): LineProgram {
  // Native parts of libraries are unpacked there, and stay.
  const temp = mkdtempSync(join(tmpdir(), "java-"));
  const args = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
  const options = [...OPTIONS, `-Djava.io.tmpdir=${temp}`, "-cp", CLASS_PATH];
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
