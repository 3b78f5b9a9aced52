// Amazon's own libraries, which benchmarks compare with: each a module of Maven's with a class path of its own.
import { execFileSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { PEERS_FOLDER } from "./peers-folder.ts";

/** Where their programs are. */
export const JAVA_FOLDER: string = join(PEERS_FOLDER, "java");

const MODULES = ["kcl", "kcl-2.7", "kpl"] as const;

/** One library with our programs for it; `kcl` is the newest. */
export type JavaModule = (typeof MODULES)[number];

/** Whether they are built. */
export function haveJavaPeers(): boolean {
  return MODULES.every((module) => existsSync(libraries(module)));
}

/** Where Maven puts the libraries of a module. */
export function libraries(module: JavaModule): string {
  return join(JAVA_FOLDER, module, "target/lib");
}

/** Builds them; answers why not, where it cannot. */
export function buildJavaPeers(): string | undefined {
  // Maven adds to what is there: after a change of the versions both would be on the class path.
  for (const module of MODULES) rmSync(libraries(module), { recursive: true, force: true });
  const command = ["--quiet", "--batch-mode", "--no-transfer-progress", "process-classes"];
  try {
    execFileSync("mvn", command, { cwd: JAVA_FOLDER, stdio: ["ignore", "pipe", "pipe"] });
    return undefined;
  } catch (error) {
    for (const module of MODULES) rmSync(libraries(module), { recursive: true, force: true });
    return (error as Error).message.split("\n")[0];
  }
}
