// Some tests start processes of their own, which run the built CLI: Node 20 cannot run TypeScript.
import { execFileSync } from "node:child_process";

export default function build(): void {
  execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-b", "packages/cli"], {
    stdio: "inherit",
  });
}
