// Under which names the emulator's own addresses are served: those that no stranger can point at this machine.
import { connect as connectHttp2 } from "node:http2";
import { text } from "node:stream/consumers";
import { startEmulator } from "@shardline/emulator";
import { expect, test } from "vitest";
import { exchange, type RawAnswer } from "../support/raw-http.ts";

const RULE = JSON.stringify({ effect: { kind: "hang" } });

function ask(port: number, path: string, host: string | undefined): Promise<RawAnswer> {
  const lines = [
    `GET ${path} HTTP/${host === undefined ? "1.0" : "1.1"}`,
    ...(host === undefined ? [] : [`host: ${host}`]),
    "connection: close",
  ];
  return exchange(port, Buffer.from(`${lines.join("\r\n")}\r\n\r\n`));
}

test.each([
  "127.0.0.1:4567",
  "10.1.2.3",
  "[::1]:4567",
  "localhost",
  "LOCALHOST:80",
  "localhost.:80",
  "kinesis.localhost:4567",
  "emulator:4567",
  "host.docker.internal:4567",
  undefined,
])("the page is served to whoever calls this machine %s", async (host) => {
  await using emulator = await startEmulator();
  expect((await ask(emulator.port, "/_emu/", host)).status).toBe(200);
  expect((await ask(emulator.port, "/_emu/faults", host)).status).toBe(200);
});

test.each([
  "evil.example",
  "evil.example:4567",
  "localhost.evil.example",
  "127.0.0.1.evil.example",
  "evil-localhost.example",
  "127.0.0.1@evil.example",
  "[::1].evil.example",
  "",
])("neither the page nor its events, rules or log are served under the name %j", async (host) => {
  await using emulator = await startEmulator({ streams: { orders: 1 } });
  for (const path of ["/_emu", "/_emu/", "/_emu/events", "/_emu/faults", "/_emu/log"]) {
    const answer = await ask(emulator.port, path, host);
    expect([path, answer.status]).toEqual([path, 403]);
    expect(JSON.parse(answer.body)).toMatchObject({ code: "FOREIGN_HOST" });
  }
  const head = `POST /_emu/faults HTTP/1.1\r\nhost: ${host}\r\nconnection: close`;
  const sent = `${head}\r\ncontent-type: application/json\r\ncontent-length: ${RULE.length}\r\n\r\n${RULE}`;
  expect((await exchange(emulator.port, Buffer.from(sent))).status).toBe(403);
  expect(emulator.faults.list()).toEqual([]);
});

function call(
  port: number,
  service: "Kinesis_20131202.CreateStream" | "DynamoDB_20120810.ListTables",
  headers: Readonly<Record<string, string>>,
): Promise<RawAnswer> {
  const body = service.startsWith("Kinesis") ? '{"StreamName":"s","ShardCount":1}' : "{}";
  const lines = Object.entries({
    "x-amz-target": service,
    "content-type": `application/x-amz-json-1.${service.startsWith("Kinesis") ? 1 : 0}`,
    "content-length": String(body.length),
    connection: "close",
    authorization:
      "AWS4-HMAC-SHA256 Credential=k/20261122/us-east-1/x/aws4_request, SignedHeaders=a, Signature=b",
    "x-amz-date": "20261122T000000Z",
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  return exchange(port, Buffer.from(`POST / HTTP/1.1\r\n${lines.join("")}\r\n${body}`));
}

const SERVICES = ["Kinesis_20131202.CreateStream", "DynamoDB_20120810.ListTables"] as const;

test.each(SERVICES)("%s is refused to a page that had its own name point here", async (service) => {
  await using emulator = await startEmulator();
  for (const origin of ["http://evil.example:4567", "null"]) {
    const answer = await call(emulator.port, service, { host: "evil.example:4567", origin });
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.body)).toMatchObject({ code: "FOREIGN_HOST" });
  }
  expect(emulator.inspect("s")).toBeUndefined();
});

test.each(SERVICES)(
  "%s is served to programs under whatever name they know it by",
  async (service) => {
    await using emulator = await startEmulator();
    for (const host of [
      "kinesis:4567",
      "kinesis.us-east-1.amazonaws.com",
      "kinesis.dev.svc.cluster.local",
    ]) {
      const { status, body } = await call(emulator.port, service, { host });
      expect([host, status, body]).not.toContain(403);
      expect(body).not.toContain("FOREIGN_HOST");
    }
  },
);

test("a page of this machine's own is served as a program is", async () => {
  await using emulator = await startEmulator();
  const origin = "http://localhost:3000";
  const answer = await call(emulator.port, SERVICES[0], { host: "localhost:4567", origin });
  expect(answer.status).toBe(200);
});

test.each([
  ["localhost:4567", 200],
  ["evil.example", 403],
])("over HTTP/2 the name is the authority: %s is answered with %d", async (authority, status) => {
  await using emulator = await startEmulator();
  const session = connectHttp2(emulator.endpoint);
  try {
    const stream = session.request({ ":path": "/_emu/faults", ":authority": authority });
    const answered = new Promise((resolve, reject) => {
      stream.once("response", (headers) => resolve(headers[":status"])).once("error", reject);
    });
    expect(await answered).toBe(status);
    await text(stream);
  } finally {
    session.destroy();
  }
});
