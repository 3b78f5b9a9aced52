// AWS's own DynamoDB for developers, in memory, for the length of a test or of all tests of a file.
import type { EmulatorClientConfig } from "@shardline/emulator";
import { startJava } from "./java-program.ts";
import type { AtEnd } from "./line-program.ts";

/** Starts one with no tables; resolves with the configuration of a client. */
export async function startDynamoDbLocal(atEnd?: AtEnd): Promise<EmulatorClientConfig> {
  const [, port] = await startJava("dynamodb-local", "DynamoDbLocal", {}, atEnd).line("port");
  return {
    endpoint: `http://127.0.0.1:${port}`,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  };
}
