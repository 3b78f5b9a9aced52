// Where the packages that benchmarks compare with live: apart from the workspaces, because nothing else needs them.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** Their own package and lockfile. */
export const PEERS_FOLDER: string = join(import.meta.dirname, "..", "peers");

/** Whether they are installed. */
export function havePeers(): boolean {
  return existsSync(join(PEERS_FOLDER, "node_modules"));
}

/** Installs them as the lockfile says, running no script of theirs. */
export function installPeers(): void {
  execFileSync("npm", ["ci", "--ignore-scripts"], {
    cwd: PEERS_FOLDER,
    stdio: ["ignore", "ignore", "inherit"],
  });
}
