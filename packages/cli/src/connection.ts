// Which Kinesis a command talks to: AWS as the environment says, or an endpoint, such as an emulator's.
import type { KinesisSource } from "@shardline/aws";
import type { Given, OptionSpec } from "./command.ts";
import { UsageError } from "./command.ts";

/** Options of the commands that talk to Kinesis. */
export const CONNECTION_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  endpoint: {
    value: "URL",
    help: "where Kinesis is, such as http://127.0.0.1:4567 of an emulator",
  },
  region: { value: "REGION", help: "AWS region; the environment's unless given" },
};

/** An endpoint on this machine is an emulator's, which needs a region and credentials but not real ones. */
const LOCAL = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** Configuration for a client of the AWS SDK. */
export function connectionOf(given: Given, env: NodeJS.ProcessEnv): KinesisSource {
  const { endpoint, region } = given.texts;
  if (endpoint !== undefined && !isHttp(endpoint)) {
    throw new UsageError(`--endpoint takes a URL of http or https, not ${endpoint}`);
  }
  const isLocal = endpoint !== undefined && LOCAL.has(new URL(endpoint).hostname);
  const hasCredentials = env["AWS_ACCESS_KEY_ID"] !== undefined || env["AWS_PROFILE"] !== undefined;
  const hasRegion = env["AWS_REGION"] !== undefined || env["AWS_DEFAULT_REGION"] !== undefined;
  return {
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    ...(isLocal && region === undefined && !hasRegion ? { region: "us-east-1" } : {}),
    ...(isLocal && !hasCredentials
      ? { credentials: { accessKeyId: "000000000000", secretAccessKey: "unchecked" } }
      : {}),
  };
}

function isHttp(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
