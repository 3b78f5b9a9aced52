// Finds Chromium, or installs Debian's where that may be done, and tells its version. CHROMIUM names another one.
import { execFileSync, spawnSync } from "node:child_process";

const PACKAGE = "chromium";

export default function installChromium(): void {
  const program = process.env["CHROMIUM"] ?? PACKAGE;
  if (versionOf(program) === undefined && process.env["CI"] !== undefined) install();
  const version = versionOf(program);
  if (version === undefined) {
    throw new Error(
      `the tests of the page need a browser: apt-get install ${PACKAGE}, or say CHROMIUM=/path/to/it`,
    );
  }
  process.env["CHROMIUM"] = execFileSync("which", [program], { encoding: "utf8" }).trim();
  process.stdout.write(`with ${version}\n`);
}

function versionOf(program: string): string | undefined {
  const { status, stdout } = spawnSync(program, ["--version"], { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

function install(): void {
  const options = {
    stdio: "inherit",
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  } as const;
  execFileSync("apt-get", ["update", "-qq"], options);
  const fonts = "fonts-liberation";
  const args = ["install", "-y", "-qq", "--no-install-recommends", PACKAGE, fonts];
  execFileSync("apt-get", args, options);
}
