// Scripts of users of the AWS CLI and of boto3, against the emulator as against AWS.
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { type RunningEmulator, startEmulator } from "@shardline/emulator";
import { expect, onTestFinished, test } from "vitest";
import { AWS, PYTHON } from "./debian.ts";

const run = promisify(execFile);
const HERE = import.meta.dirname;
/** Somebody's shell, and nothing of the files that this machine's user has. */
const ENVIRONMENT = {
  PATH: "/usr/bin:/bin",
  LC_ALL: "C.UTF-8",
  AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
  AWS_SECRET_ACCESS_KEY: "secret",
  AWS_DEFAULT_REGION: "eu-west-1",
  AWS_CONFIG_FILE: "/dev/null",
  AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
  AWS_EC2_METADATA_DISABLED: "true",
  AWS_MAX_ATTEMPTS: "1",
  AWS_PAGER: "",
};

/** What the last step of a script says; a script that fails rejects with all that it said. */
async function lastLineOf(command: string, args: readonly string[], env: object): Promise<string> {
  const { stdout } = await run(command, args, { cwd: HERE, env: { ...ENVIRONMENT, ...env } });
  return stdout.trim().split("\n").at(-1) ?? "";
}

/** How clients are told to trust an emulator, in a file. */
async function trusted({ ca = "" }: RunningEmulator): Promise<{ readonly AWS_CA_BUNDLE: string }> {
  const folder = await mkdtemp(join(tmpdir(), "botocore-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const AWS_CA_BUNDLE = join(folder, "ca.pem");
  await writeFile(AWS_CA_BUNDLE, ca);
  return { AWS_CA_BUNDLE };
}

/** A shell in which `aws` goes to an endpoint; the script itself is as it is. */
function runScript(endpoint: string): Promise<string> {
  const aws = `aws() { ${AWS} --endpoint-url '${endpoint}' "$@"; }; export -f aws`;
  return lastLineOf("/bin/bash", ["--norc", "-c", `${aws}; exec bash aws-cli.sh`], {});
}

test("T63: a script for the AWS CLI passes unchanged, in time as AWS takes it and under its limits", async () => {
  const transitions = { createMs: 500, updateMs: 500, deleteMs: 500 };
  await using emulator = await startEmulator({ limits: "aws", transitions });
  expect(await runScript(emulator.endpoints.http)).toBe("done");
});

test.each(["http", "https"] as const)("T63: a script for boto3 passes over %s", async (scheme) => {
  await using emulator = await startEmulator({ tls: true });
  const KINESIS_ENDPOINT = emulator.endpoints[scheme] ?? "";
  const env = { KINESIS_ENDPOINT, ...(await trusted(emulator)) };
  expect(await lastLineOf(PYTHON, [resolve(HERE, "boto3-script.py")], env)).toBe("done");
});

test("a script that goes wrong is told with what it said", async () => {
  const region = ENVIRONMENT.AWS_DEFAULT_REGION;
  await using emulator = await startEmulator({ region, streams: { orders: 1 } });
  await expect(runScript(emulator.endpoints.http)).rejects.toThrow("ResourceInUseException");
});
