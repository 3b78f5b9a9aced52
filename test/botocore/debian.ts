// The AWS CLI and boto3 as Debian packages them: where they are, and how they get there.
import { execFileSync } from "node:child_process";

export const AWS = "/usr/bin/aws";
export const PYTHON = "/usr/bin/python3";

const PACKAGES = ["awscli", "python3-boto3"];
const MISSING =
  `the tests with the AWS CLI and boto3 need Debian's packages ${PACKAGES.join(" and ")}, and installing them failed: ` +
  `run them as root on Debian, or after apt-get install ${PACKAGES.join(" ")}`;

/**
 * Installs what is missing, and tells the versions.
 * @throws Error if it could not be installed
 */
export function installPackages(): string {
  try {
    return versions();
  } catch {
    try {
      apt("update");
      apt("install", "--yes", "--no-install-recommends", ...PACKAGES);
      return versions();
    } catch (cause) {
      throw new Error(MISSING, { cause });
    }
  }
}

function versions(): string {
  const ask = (command: string, ...args: readonly string[]): string =>
    execFileSync(command, args, { encoding: "utf8", stdio: "pipe" }).trim();
  const boto3 = ask(PYTHON, "-c", "import boto3; print(boto3.__version__)");
  return `${ask(AWS, "--version").split(" ")[0]}, boto3/${boto3}`;
}

function apt(...args: readonly string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  execFileSync("apt-get", ["-o", "DPkg::Lock::Timeout=300", ...args], { env, stdio: "inherit" });
}
