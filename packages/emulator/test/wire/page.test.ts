// The page over HTTP: its files, its events, and what keeps others out of it.
import { readdir } from "node:fs/promises";
import { request } from "node:http";
import { startEmulator, type RunningEmulator } from "@shardline/emulator";
import { expect, test } from "vitest";
import type { PageState } from "../../src/page/page-state.ts";

const FILES = new URL("../../page/", import.meta.url);

function get(url: string, method = "GET"): Promise<Response> {
  return fetch(url, { method, headers: { connection: "close" }, redirect: "manual" });
}

/** Events as they come, each without its empty line. */
async function* eventsOf(url: string, signal: AbortSignal): AsyncGenerator<string, undefined> {
  const asked = request(url, { agent: false }).end();
  signal.addEventListener("abort", () => asked.destroy());
  const answer = await new Promise<AsyncIterable<Buffer>>((resolve, reject) => {
    asked.once("response", resolve).on("error", reject);
  });
  let text = "";
  for await (const chunk of answer) {
    text += chunk.toString();
    const events = text.split("\n\n");
    text = events.pop() ?? "";
    yield* events;
  }
  return undefined;
}

function stateOf(event: unknown): PageState {
  const [, data = "null"] = /^event: state\ndata: (.*)$/.exec(String(event)) ?? [];
  return JSON.parse(data) as PageState;
}

test("every file of the page is served with its type, and with a policy that lets nothing else in", async () => {
  await using emulator = await startEmulator();
  const files = (await readdir(FILES)).filter((name) => name !== "tsconfig.json");
  expect(files.length).toBeGreaterThan(10);
  for (const name of ["", ...files]) {
    const answer = await get(`${emulator.endpoint}/_emu/${name}`);
    expect([name, answer.status]).toEqual([name, 200]);
    const type = answer.headers.get("content-type");
    const kind =
      name === "" || name.endsWith(".html")
        ? "text/html"
        : name.endsWith(".js")
          ? "text/javascript"
          : name.endsWith(".css")
            ? "text/css"
            : "image/svg+xml";
    expect(type).toContain(kind);
    const policy = answer.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).not.toContain("unsafe");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(answer.headers.has("access-control-allow-origin")).toBe(false);
    expect((await answer.text()).length).toBeGreaterThan(50);
  }
});

test("nothing that the page asks for comes from elsewhere", async () => {
  await using emulator = await startEmulator();
  const page = await (await get(`${emulator.endpoint}/_emu/`)).text();
  const asked = Array.from(page.matchAll(/(?:src|href)="([^"#]+)"/g), ([, url]) => url);
  expect(asked).toEqual(["icon.svg", "page.css", "tables.css", "drawings.css", "main.js"]);
  expect(page).not.toMatch(/<script(?![^>]*src=)|style=|\son\w+=/);
});

test.each([
  ["/_emu", "GET", 308],
  ["/_emu/", "POST", 405],
  ["/_emu/events", "DELETE", 405],
  ["/_emu/tsconfig.json", "GET", 404],
  ["/_emu/../package.json", "GET", 404],
  ["/_emu/%2e%2e%2fpackage.json", "GET", 404],
  ["/_emu/constructor", "GET", 404],
])("%s by %s is answered with %d", async (path, method, status) => {
  await using emulator = await startEmulator();
  const answer = await new Promise<number | undefined>((resolve, reject) => {
    // Not by fetch, which would tidy the path up.
    const asked = request({ port: emulator.port, path, method, agent: false }, (got) => {
      got.resume().once("end", () => resolve(got.statusCode));
    });
    asked.once("error", reject).end();
  });
  expect(answer).toBe(status);
});

test("events tell the state at once, and again when something is put", async () => {
  await using emulator = await startEmulator({ streams: { orders: 2 } });
  const gone = new AbortController();
  const events = eventsOf(`${emulator.endpoint}/_emu/events`, gone.signal);
  const first = stateOf((await events.next()).value);
  expect(first.streams[0]).toMatchObject({ name: "orders", shards: [{}, {}] });
  await emulator.call("PutRecord", { StreamName: "orders", Data: "eA==", PartitionKey: "k" });
  const second = stateOf((await events.next()).value);
  const recordsIn = second.streams[0]?.shards.map(({ flow }) => flow?.recordsIn ?? 0);
  expect(Math.max(...(recordsIn ?? []))).toBeGreaterThan(0);
  gone.abort();
  await events.next().catch(() => undefined);
});

test("what was written to a lease table is told, whatever its owner is called", async () => {
  await using emulator = await startEmulator({ streams: { orders: 1 } });
  const owner = "<img src=x onerror=alert(1)>\n\nevent: state\ndata: {}";
  await plantLease(emulator, owner);
  const gone = new AbortController();
  const events = eventsOf(`${emulator.endpoint}/_emu/events`, gone.signal);
  const { tables } = stateOf((await events.next()).value);
  expect(tables).toMatchObject([{ name: "billing", leases: [{ owner, stream: "orders" }] }]);
  gone.abort();
  await events.next().catch(() => undefined);
});

test("thirty-two can look at the same time, and one more when one of them leaves", async () => {
  await using emulator = await startEmulator();
  const url = `${emulator.endpoint}/_emu/events`;
  const viewers = Array.from({ length: 32 }, () => {
    const gone = new AbortController();
    return { gone, events: eventsOf(url, gone.signal) };
  });
  for (const { events } of viewers) await events.next();
  expect((await get(url)).status).toBe(503);
  viewers[0]?.gone.abort();
  await expect
    .poll(async () => {
      const gone = new AbortController();
      const answer = await fetch(url, { signal: gone.signal });
      gone.abort();
      return answer.status;
    })
    .toBe(200);
  for (const { events, gone } of viewers) {
    gone.abort();
    await events.next().catch(() => undefined);
  }
});

test("an emulator that is looked at closes at once", async () => {
  const emulator = await startEmulator({ streams: { orders: 1 } });
  const events = eventsOf(`${emulator.endpoint}/_emu/events`, new AbortController().signal);
  await events.next();
  const beganAt = performance.now();
  const rest = (async () => {
    for await (const _ of events);
  })();
  await emulator.close();
  await rest;
  // Well below the second that answers under way are waited for.
  expect(performance.now() - beganAt).toBeLessThan(800);
});

async function plantLease(emulator: RunningEmulator, owner: string): Promise<void> {
  const { CreateTableCommand, PutItemCommand } = await import("@aws-sdk/client-dynamodb");
  const { dynamoDbClient, untilActive } = await import("../support/running.ts");
  using client = dynamoDbClient(emulator, { requestHandler: emulator.requestHandler() });
  const TableName = "billing";
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: "leaseKey", AttributeType: "S" }],
      KeySchema: [{ AttributeName: "leaseKey", KeyType: "HASH" }],
    }),
  );
  await untilActive(client, TableName);
  const Item = {
    leaseKey: { S: "shardId-000000000000" },
    leaseOwner: { S: owner },
    checkpoint: { S: "TRIM_HORIZON" },
  };
  await client.send(new PutItemCommand({ TableName, Item }));
}
