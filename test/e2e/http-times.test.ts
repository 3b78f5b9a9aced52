// The times that a producer gives its transport.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createProducer } from "@shardline/producer";
import { expect, test } from "vitest";

const nothing = (): void => undefined;

test("A-http: a call that is not answered in time is made again", async () => {
  let requests = 0;
  const server = createServer(() => {
    requests += 1;
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const producer = createProducer({
    stream: "orders",
    kinesis: {
      endpoint: `http://127.0.0.1:${port}`,
      region: "eu-west-1",
      credentials: { accessKeyId: "000000000000", secretAccessKey: "unchecked" },
    },
    http: { requestTimeoutMs: 100 },
    logger: { debug: nothing, info: nothing, warn: nothing, error: nothing },
  });
  const put = producer.put({ partitionKey: "k", data: Buffer.from("x") }).catch(() => undefined);
  await expect.poll(() => requests).toBeGreaterThan(1);
  await producer.close({ timeoutMs: 1 });
  await put;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
