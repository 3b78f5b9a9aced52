// A DynamoDB client that answers from a script, and remembers what it was asked and when.
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { VirtualClock } from "@shardline/core/testing";
import type { ReadyDynamoDbClient } from "../../src/lease/dynamodb-call.ts";

export interface SentCommand {
  readonly atMs: number;
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

/** Answers with an output, or rejects with an error. */
export type Answer = (command: SentCommand) => object;

export interface ScriptedClient {
  readonly client: ReadyDynamoDbClient;
  readonly sent: SentCommand[];
}

export function scriptedClient(clock: VirtualClock, answer: Answer): ScriptedClient {
  const sent: SentCommand[] = [];
  const send = async ({ constructor, input }: { constructor: { name: string }; input: object }) => {
    const command: SentCommand = {
      atMs: clock.nowMs(),
      operation: constructor.name.replace(/Command$/, ""),
      input: { ...input },
    };
    sent.push(command);
    return answer(command);
  };
  const config = {} as DynamoDBClient["config"];
  return { sent, client: { config, send: send as unknown as DynamoDBClient["send"] } };
}

/** An exception of the service. */
export function serviceError(name: string, message = name): Error {
  const $metadata = { httpStatusCode: 400 };
  return Object.assign(new Error(message), { name, $fault: "client", $metadata });
}
