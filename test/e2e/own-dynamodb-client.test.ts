// A client of DynamoDB that the consumer has built itself, over sockets.
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { DescribeTableCommand } from "@aws-sdk/client-dynamodb";
import { apiFailureOf } from "@shardline/core";
import type { VirtualClock } from "@shardline/core/testing";
import { expect, test } from "vitest";
import { DynamoDbCaller } from "../../packages/consumer/src/lease/dynamodb-call.ts";
import { quietClock } from "../support/quiet-clock.ts";

const { signal: ANY_SIGNAL } = new AbortController();

test("a client of our own breaks a call off when its time is up, and goes on with the next one", async () => {
  await using served = await serve();
  const { caller, clock, nextCall } = served;
  const first = caller.send("DescribeTable", describe(), ANY_SIGNAL).catch(apiFailureOf);
  const { request, response } = await nextCall();
  await clock.advance(5000);
  expect(await first).toMatchObject({ awsName: "TimeoutError" });
  if (!response.closed) await once(response, "close");
  expect(request.complete).toBe(true);
  const second = caller.send("DescribeTable", describe(), ANY_SIGNAL);
  (await nextCall()).response.end('{"Table":{"TableName":"leases"}}');
  expect(await second).toMatchObject({ Table: { TableName: "leases" } });
});

function describe(): DescribeTableCommand {
  return new DescribeTableCommand({ TableName: "leases" });
}

interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/** A caller with a client of its own, and the requests that come of it. */
async function serve(): Promise<
  AsyncDisposable & {
    readonly caller: DynamoDbCaller;
    readonly clock: VirtualClock;
    readonly nextCall: () => Promise<Call>;
  }
> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const clock = quietClock();
  const { port } = server.address() as AddressInfo;
  const credentials = { accessKeyId: "any", secretAccessKey: "any" };
  const caller = new DynamoDbCaller({
    clock,
    dynamodb: { endpoint: `http://127.0.0.1:${port}`, region: "us-east-1", credentials },
    tableName: "leases",
    timeoutMs: 5000,
    events: undefined,
  });
  const nextCall = async (): Promise<Call> => {
    const [request, response] = (await once(server, "request")) as [
      IncomingMessage,
      ServerResponse,
    ];
    await once(request.resume(), "end");
    return { request, response };
  };
  const close = async (): Promise<void> => {
    caller.close();
    server.close();
    await once(server, "close");
  };
  return { caller, clock, nextCall, [Symbol.asyncDispose]: close };
}
