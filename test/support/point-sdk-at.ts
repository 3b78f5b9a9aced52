// Region, credentials and endpoint where the AWS SDK looks for them, so that examples need not name any.
import type { RunningEmulator } from "@shardline/emulator";
import { onTestFinished, vi } from "vitest";

/** What the environment of a process must hold so that its SDK finds the emulator. */
export function environmentOf(emulator: RunningEmulator): Readonly<Record<string, string>> {
  const { credentials, endpoint, region } = emulator.clientConfig("kinesis");
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  };
}

/** Points this process at it until the end of the test. */
export function pointSdkAt(emulator: RunningEmulator): void {
  for (const [name, value] of Object.entries(environmentOf(emulator))) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
}
