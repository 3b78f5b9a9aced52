// Which Kinesis a command talks to: AWS as the environment says, or an endpoint, such as an emulator's.
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

/** Where a lease table is that is not where Kinesis is. */
export const DYNAMODB_ENDPOINT = "dynamodb-endpoint";

/** Options of the commands that talk to a lease table as well. */
export const TABLE_CONNECTION_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  ...CONNECTION_OPTIONS,
  [DYNAMODB_ENDPOINT]: {
    value: "URL",
    help: "where DynamoDB is; an emulator's is its --endpoint",
  },
};

/** An endpoint on this machine is an emulator's, which needs a region and credentials but not real ones. */
const LOCAL = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** Configuration for a client of the AWS SDK, of Kinesis or of DynamoDB. */
export interface Connection {
  readonly endpoint?: string;
  readonly region?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Configuration for a client of Kinesis. */
export function connectionOf(given: Given, env: NodeJS.ProcessEnv): Connection {
  return connectionTo(readEndpoint(given, "endpoint"), given, env);
}

/** Configuration for a client of DynamoDB. An emulator speaks both at one endpoint. */
export function tableConnectionOf(given: Given, env: NodeJS.ProcessEnv): Connection {
  const kinesis = readEndpoint(given, "endpoint");
  const endpoint = readEndpoint(given, DYNAMODB_ENDPOINT);
  return connectionTo(endpoint ?? (isLocal(kinesis) ? kinesis : undefined), given, env);
}

function connectionTo(
  endpoint: string | undefined,
  { texts: { region } }: Given,
  env: NodeJS.ProcessEnv,
): Connection {
  const hasCredentials = env["AWS_ACCESS_KEY_ID"] !== undefined || env["AWS_PROFILE"] !== undefined;
  const hasRegion = env["AWS_REGION"] !== undefined || env["AWS_DEFAULT_REGION"] !== undefined;
  return {
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    ...(isLocal(endpoint) && region === undefined && !hasRegion ? { region: "us-east-1" } : {}),
    ...(isLocal(endpoint) && !hasCredentials
      ? { credentials: { accessKeyId: "000000000000", secretAccessKey: "unchecked" } }
      : {}),
  };
}

function readEndpoint({ texts }: Given, name: string): string | undefined {
  const endpoint = texts[name];
  if (endpoint === undefined || isHttp(endpoint)) return endpoint;
  throw new UsageError(`--${name} takes a URL of http or https, not ${endpoint}`);
}

function isLocal(endpoint: string | undefined): boolean {
  return endpoint !== undefined && LOCAL.has(new URL(endpoint).hostname);
}

function isHttp(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
