// Runs one of the programs under java/ as a process of its own.
import { resolve } from "node:path";
import { type AtEnd, LineProgram } from "./line-program.ts";

const JAVA = resolve(import.meta.dirname, "java/target");
const CLASS_PATH = `${JAVA}/classes:${JAVA}/lib/*`;
/** Of a heap that is not asked for, Java takes a quarter of the machine. */
const OPTIONS = [
  "-Xmx1g",
  `-Dsqlite4java.library.path=${JAVA}/lib`,
  "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
];

/** @param flags of its command line, by their names */
export function startJava(
  name: string,
  flags: Readonly<Record<string, string | number>>,
  atEnd?: AtEnd,
): LineProgram {
  const args = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
  const java = [...OPTIONS, "-cp", CLASS_PATH, `shardline.interop.${name}`];
  return new LineProgram("java", [...java, ...args], atEnd);
}
