// AWS's own DynamoDB for developers, in memory, for the length of a test or of all tests of a file.
import type { DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { startJava } from "./java-program.ts";
import type { AtEnd } from "./line-program.ts";

/** Also what another program needs to know of it. */
export interface DynamoDbLocalConfig extends DynamoDBClientConfig {
  readonly endpoint: string;
}

/** Starts one with no tables; resolves with the configuration of a client. */
export async function startDynamoDbLocal(atEnd?: AtEnd): Promise<DynamoDbLocalConfig> {
  const [, port] = await startJava("DynamoDbLocal", {}, atEnd).line("port");
  return {
    endpoint: `http://127.0.0.1:${port}`,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  };
}
