// The emulator on command: over its own addresses, and the same as methods.
import { once } from "node:events";
import { connect } from "node:http2";
import { text } from "node:stream/consumers";
import { type RunningEmulator, startEmulator } from "@shardline/emulator";
import { describe, expect, test } from "vitest";
import { ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { contentOf, newKept, putTexts } from "../support/kept.ts";
import { exchange, type RawAnswer } from "../support/raw-http.ts";
import { createLeases, dynamoDbClient } from "../support/running.ts";

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function ask(
  { endpoint }: RunningEmulator,
  method: string,
  path: string,
  body?: unknown,
  type = "application/json",
): Promise<Answer> {
  const bytes = body instanceof Uint8Array ? body : JSON.stringify(body);
  const init = { method, headers: { "content-type": type } };
  const answer = await fetch(
    `${endpoint}/_emu/${path}`,
    method === "GET" ? init : { ...init, body: bytes },
  );
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

const post = (emulator: RunningEmulator, path: string, body: unknown): Promise<Answer> =>
  ask(emulator, "POST", path, body);

const FIRST = "shardId-000000000000";

test("reset brings back the streams of the start, without their records, and forgets all others", async () => {
  await using emulator = await startEmulator({ streams: { s: 2 } });
  await putTexts(emulator, ["a"]);
  await emulator.call("CreateStream", { StreamName: "t", ShardCount: 1 });
  emulator.faults.add({ effect: { kind: "unavailable" } });
  expect(await post(emulator, "reset", {})).toEqual({ status: 200, body: {} });
  expect(emulator.faults.list()).toEqual([]);
  expect(emulator.inspect("t")).toBeUndefined();
  expect(emulator.inspect("s")?.shards.flatMap(({ records }) => records)).toEqual([]);
  expect(emulator.stats().storedBytes).toBe(0);
});

test("reset forgets lease tables, also where everything is kept", async () => {
  await using kept = newKept();
  const emulator = await kept.start({ streams: { s: 1 } });
  const client = dynamoDbClient(emulator);
  await createLeases(client);
  await putTexts(emulator, ["a"]);
  await emulator.reset();
  expect((await client.send(new ListTablesCommand({}))).TableNames).toEqual([]);
  client.destroy();
  const content = contentOf(emulator);
  await emulator.close();
  const again = await kept.start();
  expect(contentOf(again)).toEqual(content);
  using after = dynamoDbClient(again);
  expect((await after.send(new ListTablesCommand({}))).TableNames).toEqual([]);
});

describe("a snapshot", () => {
  test("gives everything back, to another emulator as well, and over HTTP", async () => {
    await using emulator = await startEmulator({ streams: { s: 2 } });
    await putTexts(emulator, ["a", "b", "c"]);
    emulator.reshard("s", { to: 3 });
    await putTexts(emulator, ["d", "e"]);
    const before = contentOf(emulator);
    const answer = await fetch(`${emulator.endpoint}/_emu/snapshot`);
    const snapshot = new Uint8Array(await answer.arrayBuffer());
    expect(answer.headers.get("content-type")).toBe("application/octet-stream");
    await putTexts(emulator, ["f"]);
    await using other = await startEmulator({ streams: { t: 1 } });
    for (const target of [emulator, other]) {
      const restored = await ask(target, "POST", "restore", snapshot, "application/octet-stream");
      expect(restored).toEqual({ status: 200, body: {} });
      expect(contentOf(target)).toEqual(before);
    }
    expect(other.inspect("t")).toBeUndefined();
    const [number = ""] = await putTexts(other, ["later"]);
    expect(
      other
        .inspect("s")
        ?.shards.some(({ records }) => records.some((r) => r.sequenceNumber === number)),
    ).toBe(true);
  });

  test("outlives the process of an emulator that is kept", async () => {
    await using kept = newKept();
    const emulator = await kept.start({ streams: { s: 2 } });
    await putTexts(emulator, ["a", "b"]);
    const snapshot = emulator.snapshot();
    const before = contentOf(emulator);
    await putTexts(emulator, ["c"]);
    await emulator.restore(snapshot);
    await emulator.close();
    expect(contentOf(await kept.start())).toEqual(before);
  });

  test("that is damaged changes nothing, and says where", async () => {
    await using emulator = await startEmulator({ streams: { s: 1 } });
    await putTexts(emulator, ["a"]);
    const before = contentOf(emulator);
    const stats = emulator.stats();
    const snapshot = emulator.snapshot();
    const bad = [
      new Uint8Array(0),
      Buffer.from("{}"),
      snapshot.subarray(0, snapshot.length - 1),
      snapshot.subarray(0, snapshot.length - 20),
      Uint8Array.from(snapshot, (byte, i) => (i === 100 ? byte ^ 1 : byte)),
    ];
    for (const bytes of bad) {
      const refused = await ask(emulator, "POST", "restore", bytes, "application/octet-stream");
      expect(refused).toMatchObject({ status: 400, body: { code: "PERSISTENCE_FAILED" } });
    }
    expect(contentOf(emulator)).toEqual(before);
    expect(emulator.stats()).toEqual(stats);
  });
});

test("reshard splits, merges and scales at once, past every limit", async () => {
  await using emulator = await startEmulator({ streams: { s: 1 } });
  const open = (): readonly string[] =>
    (emulator.inspect("s")?.shards ?? [])
      .filter((s) => s.closedAtMs === undefined)
      .map((s) => s.shardId);
  const scaled = await post(emulator, "reshard", { stream: "s", to: 9 });
  expect(scaled.status).toBe(200);
  expect(open()).toHaveLength(9);
  const [one = "", two = ""] = open();
  await post(emulator, "reshard", { stream: "s", merge: [one, two] });
  expect(open()).toHaveLength(8);
  await post(emulator, "reshard", { stream: "s", split: open().at(-1) });
  expect(open()).toHaveLength(9);
  expect(emulator.inspect("s")?.status).toBe("ACTIVE");
});

test.each([
  [{}, 400, "stream is required"],
  [{ stream: 7 }, 400, "stream must be a text, got 7"],
  [{ stream: "t", to: 2 }, 404, "no stream t"],
  [{ stream: "s", accountId: "111111111111", to: 2 }, 404, "under account 111111111111"],
  [{ stream: "s" }, 400, "one of to, split and merge has to be given"],
  [{ stream: "s", to: 0 }, 400, "to must be a whole number from 1 to 10000, got 0"],
  [{ stream: "s", to: 2, split: FIRST }, 400, "one of to, split and merge"],
  [{ stream: "s", to: 2, at: "7" }, 400, "at belongs to split"],
  [{ stream: "s", split: "shardId-9" }, 400, "has no open shard shardId-9"],
  [{ stream: "s", split: FIRST, at: "0" }, 400, "at must be above 0"],
  [{ stream: "s", merge: [FIRST] }, 400, "merge must be a list of two shard ids"],
  [{ stream: "s", merge: [FIRST, FIRST] }, 400, "do not lie side by side"],
  [{ stream: "s", twoo: 2 }, 400, "twoo is not an option"],
])("reshard refuses %j", async (body, status, words) => {
  await using emulator = await startEmulator({ streams: { s: 2 } });
  const answer = await post(emulator, "reshard", body);
  expect(answer.status).toBe(status);
  expect(answer.body["message"]).toContain(words);
  expect(emulator.inspect("s")?.shards).toHaveLength(2);
});

test("records are injected past limits and faults", async () => {
  const limits = { writeRecordsPerSecond: 1 };
  await using emulator = await startEmulator({ streams: { s: 1 }, limits });
  emulator.faults.add({ effect: { kind: "unavailable" } });
  const records = ["tea", "milk"].map((text) => ({
    partitionKey: text,
    data: Buffer.from(text).toString("base64"),
  }));
  const answer = await post(emulator, "records", { stream: "s", records });
  expect(answer).toMatchObject({
    status: 200,
    body: { records: [{ shardId: FIRST }, { shardId: FIRST }] },
  });
  emulator.inject("s", [{ partitionKey: "k", data: "water" }]);
  const stored = emulator.inspect("s")?.shards[0]?.records ?? [];
  expect(stored.map(({ data }) => Buffer.from(data).toString())).toEqual(["tea", "milk", "water"]);
});

test.each([
  [{ stream: "s" }, "records must be a list of 1 to 10000 records"],
  [{ stream: "s", records: [{ partitionKey: "k", data: "no base64" }] }, "records[0].data must be"],
  [{ stream: "s", records: [{ data: "aGk=" }] }, "partitionKey"],
  [{ stream: "s", records: [{ partitionKey: "", data: "aGk=" }] }, "1 to 256 characters"],
  [{ stream: "s", records: [null] }, "records[0]"],
  [
    { stream: "s", records: [{ partitionKey: "k", explicitHashKey: "-1", data: "" }] },
    "ExplicitHashKey",
  ],
  [{ stream: "s", records: [{ partitionKey: "k", data: "" }], more: 1 }, "more is not an option"],
])("records refuses %j and stores nothing", async (body, words) => {
  await using emulator = await startEmulator({ streams: { s: 1 } });
  const answer = await post(emulator, "records", body);
  expect(answer.status).toBe(400);
  expect(answer.body["message"]).toContain(words);
  expect(emulator.stats().storedBytes).toBe(0);
});

test("the clock is moved and told", async () => {
  await using emulator = await startEmulator();
  const before = emulator.clock.wallTimeMs();
  const moved = await post(emulator, "clock", { advanceMs: 86_400_000 });
  expect(moved.body["nowMs"]).toBeGreaterThanOrEqual(before + 86_400_000);
  expect((await ask(emulator, "GET", "clock")).status).toBe(200);
  for (const body of [{}, { advanceMs: -1 }, { advanceMs: "1" }, [], { advanceMs: 1, more: 1 }]) {
    expect(await post(emulator, "clock", body)).toMatchObject({ status: 400 });
  }
});

test("addresses refuse other methods, other bodies and other paths", async () => {
  await using emulator = await startEmulator({ streams: { s: 1 } });
  expect(await ask(emulator, "GET", "reset")).toMatchObject({ status: 405 });
  expect(await ask(emulator, "DELETE", "clock", {})).toMatchObject({ status: 405 });
  expect(await ask(emulator, "POST", "snapshot", {})).toMatchObject({ status: 405 });
  expect(await ask(emulator, "POST", "reset", {}, "text/plain")).toMatchObject({ status: 415 });
  expect(await ask(emulator, "POST", "restore", {})).toMatchObject({ status: 415 });
  expect(await ask(emulator, "POST", "resett", {})).toMatchObject({ status: 404 });
  expect(await ask(emulator, "POST", "reset/more", {})).toMatchObject({ status: 404 });
});

/** A snapshot of so many MiB of records. */
async function snapshotOf(mib: number): Promise<Uint8Array> {
  await using emulator = await startEmulator({ streams: { s: 1 } });
  const record = { partitionKey: "k", data: new Uint8Array(1024 * 1024 - 1) };
  const records = Array.from({ length: mib }, () => record);
  emulator.inject("s", records);
  return emulator.snapshot();
}

describe("a snapshot that is longer than any call", () => {
  const send = (emulator: RunningEmulator, snapshot: Uint8Array): Promise<Answer> =>
    ask(emulator, "POST", "restore", snapshot, "application/octet-stream");

  test("is taken up", async () => {
    await using emulator = await startEmulator();
    expect(await send(emulator, await snapshotOf(21))).toEqual({ status: 200, body: {} });
    expect(emulator.inspect("s")?.shards[0]?.records).toHaveLength(21);
  });

  test("and than it may be is refused, with what to do", async () => {
    await using emulator = await startEmulator({
      streams: { mine: 1 },
      maxSnapshotBytes: 1024 * 1024,
    });
    expect(await send(emulator, await snapshotOf(2))).toEqual({
      status: 413,
      body: {
        code: "SNAPSHOT_TOO_LARGE",
        message: expect.stringMatching(
          /longer than 1048576 bytes; .*--restore FILE.*maxSnapshotBytes/,
        ) as string,
      },
    });
    expect(emulator.inspect("mine")).toBeDefined();
  });

  /** The answer to a body of a byte more than a call may have. */
  async function refusalOf(emulator: RunningEmulator, ...headers: string[]): Promise<RawAnswer> {
    const head = ["POST /_emu/restore HTTP/1.1", ...headers, "content-length: 20971521", "", ""];
    return exchange(emulator.port, Buffer.from(head.join("\r\n")), Buffer.alloc(20_971_521));
  }

  test("is taken up whatever the case of its content type", async () => {
    await using emulator = await startEmulator();
    const type = "Application/Octet-Stream ; charset=binary";
    const restored = await ask(emulator, "POST", "restore", await snapshotOf(21), type);
    expect(restored).toEqual({ status: 200, body: {} });
  });

  test("is not waited for where a page of elsewhere sends it under a name of its own", async () => {
    await using emulator = await startEmulator();
    const type = "content-type: application/octet-stream";
    const refused = await refusalOf(emulator, "host: evil.example", type);
    expect([refused.status, refused.body]).toEqual([413, ""]);
  });

  test.each([
    ["what a page of elsewhere may send", "content-type: text/plain"],
    ["what curl sends by itself", "content-type: application/x-www-form-urlencoded"],
    ["no bytes by their name alone", "content-type: application/octet-streams"],
    ["nothing known", "accept: */*"],
  ])("is not waited for where it is %s, and told by the type that it needs", async (_, header) => {
    await using emulator = await startEmulator();
    const refused = await refusalOf(emulator, "host: localhost", header);
    expect(refused.status).toBe(415);
    expect(JSON.parse(refused.body)).toEqual({
      code: "UNSUPPORTED_MEDIA_TYPE",
      message: "this address takes application/octet-stream",
    });
  });

  test("is refused over HTTP/2 as well", async () => {
    await using emulator = await startEmulator({ maxSnapshotBytes: 1024 * 1024 });
    const session = connect(emulator.endpoint);
    try {
      const stream = session.request({
        ":method": "POST",
        ":path": "/_emu/restore",
        "content-type": "application/octet-stream",
      });
      stream.end(Buffer.alloc(1024 * 1024 + 1));
      const [headers] = (await once(stream, "response")) as [Record<string, unknown>];
      expect(headers[":status"]).toBe(413);
      expect(JSON.parse(await text(stream))).toMatchObject({ code: "SNAPSHOT_TOO_LARGE" });
    } finally {
      session.destroy();
    }
  });
});
