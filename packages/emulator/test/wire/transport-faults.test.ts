// What the official SDK makes of broken connections and spoilt answers, over both protocols.
import { buffer } from "node:stream/consumers";
import {
  type KinesisClient,
  type KinesisClientConfig,
  PutRecordCommand,
  type PutRecordsCommandOutput,
  PutRecordsCommand,
} from "@aws-sdk/client-kinesis";
import { NodeHttp2Handler, NodeHttpHandler } from "@smithy/node-http-handler";
import { type FaultEffect, startEmulator } from "@shardline/emulator";
import { expect, test } from "vitest";
import { requestOf, withSocket } from "../support/raw-http.ts";
import { kinesisClient } from "../support/running.ts";

const StreamName = "s";
const Records = ["a", "b"].map((text) => ({ PartitionKey: "k", Data: Buffer.from(text) }));

/** What the caller sees, and how often the call was made. */
interface Seen {
  readonly name?: string;
  readonly code?: string;
  readonly message?: unknown;
  readonly answer?: object;
  readonly calls: number;
}

const HTTP1 = (): KinesisClientConfig => ({ requestHandler: new NodeHttpHandler() });
const DEFAULT = (): KinesisClientConfig => ({});

async function outcomeOf(effect: FaultEffect, config: KinesisClientConfig): Promise<object> {
  const match = { operations: "PutRecords" };
  await using emulator = await startEmulator({
    streams: { [StreamName]: 1 },
    faults: [{ effect, match }],
  });
  using client = kinesisClient(emulator, { maxAttempts: 2, ...config });
  const seen = await put(client).then(
    (answer): object => ({ answer }),
    ({ name, message, code }: Error & { readonly code?: string }): object => ({
      name,
      message,
      code,
    }),
  );
  return { ...seen, calls: emulator.faults.log().length };
}

function put(client: KinesisClient): Promise<PutRecordsCommandOutput> {
  return client.send(new PutRecordsCommand({ StreamName, Records }));
}

const NO_ANSWER = {
  name: "TimeoutError",
  message: "Unexpected error: http2 request did not get a response",
  calls: 2,
};
const RESET: Seen = { name: "TimeoutError", code: "ECONNRESET", calls: 2 };
const BAD_JSON: Seen = { name: "SyntaxError", calls: 1 };
const SUCCESS: Seen = { answer: { FailedRecordCount: 0 }, calls: 1 };
const both = (seen: Seen): readonly [Seen, Seen] => [seen, seen];

test.each<[string, FaultEffect, readonly [Seen, Seen]]>([
  ["a connection destroyed before the answer", { kind: "reset" }, [RESET, NO_ANSWER]],
  [
    "a connection closed before the answer",
    { kind: "commitThenDrop", how: "close" },
    [RESET, NO_ANSWER],
  ],
  [
    "a connection destroyed within the body",
    { kind: "cutBody" },
    [
      { name: "Error", code: "ECONNRESET", message: expect.stringMatching(/^aborted/), calls: 2 },
      BAD_JSON,
    ],
  ],
  ["RST_STREAM with CANCEL", { kind: "resetStream", code: "CANCEL" }, [RESET, NO_ANSWER]],
  [
    "RST_STREAM with REFUSED_STREAM",
    { kind: "resetStream", code: "REFUSED_STREAM" },
    [RESET, { name: "Error", code: "ERR_HTTP2_STREAM_ERROR", calls: 2 }],
  ],
  [
    "RST_STREAM with INTERNAL_ERROR",
    { kind: "resetStream" },
    [RESET, { name: "Error", code: "ERR_HTTP2_STREAM_ERROR", calls: 1 }],
  ],
  [
    "GOAWAY with an error",
    { kind: "goAway" },
    [RESET, { name: "Error", code: "ERR_HTTP2_SESSION_ERROR", calls: 1 }],
  ],
  ["GOAWAY with an answer", { kind: "goAway", code: "NO_ERROR" }, both(SUCCESS)],
  ["500 in JSON", { kind: "error", status: 500 }, both({ name: "InternalFailure", calls: 2 })],
  ["503 in JSON", { kind: "error", status: 503 }, both({ name: "ServiceUnavailable", calls: 2 })],
  [
    "503 in HTML",
    { kind: "error", status: 503, body: "html" },
    both({ name: "SyntaxError", calls: 2 }),
  ],
  ["200 with truncated JSON", { kind: "corrupt" }, both(BAD_JSON)],
  [
    "200 with no body",
    { kind: "corrupt", how: "empty" },
    both({ answer: expect.not.objectContaining({ Records: expect.anything() }), calls: 1 }),
  ],
  [
    "200 with an entry too few",
    { kind: "corrupt", how: "wrongCount" },
    both({
      answer: { FailedRecordCount: 0, Records: [{ ShardId: expect.any(String) }] },
      calls: 1,
    }),
  ],
  ["413", { kind: "error", status: 413 }, both({ name: "Unknown", calls: 1 })],
])(
  "T47, T53: %s is to the SDK what it is over HTTP/1.1 and over HTTP/2",
  async (_, effect, seen) => {
    expect(await outcomeOf(effect, HTTP1())).toMatchObject(seen[0]);
    expect(await outcomeOf(effect, DEFAULT())).toMatchObject(seen[1]);
  },
);

test("T47: a call without an answer ends at the SDK's timeout and is made again, over both protocols", async () => {
  // Time enough for a request to arrive, on a busy machine too.
  const requestTimeout = 500;
  const http1 = new NodeHttpHandler({ requestTimeout, throwOnRequestTimeout: true });
  const http2 = new NodeHttp2Handler({ requestTimeout, disableConcurrentStreams: true });
  for (const requestHandler of [http1, http2]) {
    const seen = await outcomeOf({ kind: "hang" }, { requestHandler });
    expect(seen).toMatchObject({ name: "TimeoutError", calls: 2 });
  }
});

test.each([
  ["HTTP/1.1", HTTP1],
  ["HTTP/2", DEFAULT],
])(
  "T46: a call whose answer is lost over %s is made twice, under two sequence numbers",
  async (_, config) => {
    for (const how of ["close", "reset"] as const) {
      await using emulator = await startEmulator({
        streams: { [StreamName]: 1 },
        faults: [{ effect: { kind: "commitThenDrop", how }, times: 1 }],
      });
      using client = kinesisClient(emulator, { maxAttempts: 2, ...config() });
      const one = { StreamName, PartitionKey: "k", Data: Buffer.from("once") };
      const { SequenceNumber } = await client.send(new PutRecordCommand(one));
      const records = emulator.inspect(StreamName)?.shards[0]?.records ?? [];
      expect(records.map(({ data }) => Buffer.from(data).toString())).toEqual(["once", "once"]);
      expect(new Set(records.map(({ sequenceNumber }) => sequenceNumber)).size).toBe(2);
      expect(SequenceNumber).toBe(records[1]?.sequenceNumber);
    }
  },
);

test.each([
  ["behind", -600_000],
  ["ahead", 600_000],
])(
  "T50: the SDK corrects its clock for a service that is ten minutes %s, within one retry",
  async (_, ms) => {
    await using emulator = await startEmulator({
      streams: { [StreamName]: 1 },
      faults: [{ effect: { kind: "clockSkew", ms } }],
    });
    using client = kinesisClient(emulator, { maxAttempts: 2 });
    await put(client);
    await put(client);
    expect(emulator.faults.log()).toHaveLength(3);
    const arrivals = emulator
      .inspect(StreamName)
      ?.shards[0]?.records.map((record) => record.arrivedAtMs);
    expect(arrivals).toHaveLength(4);
    for (const arrivedAtMs of arrivals ?? []) {
      expect(Math.abs(arrivedAtMs - emulator.clock.wallTimeMs() - ms)).toBeLessThan(10_000);
    }
  },
);

test("a body is cut after as many bytes as the rule says", async () => {
  const effect = { kind: "cutBody", afterBytes: 7 } as const;
  await using emulator = await startEmulator({ faults: [{ effect }] });
  const bytes = await withSocket(emulator.port, (socket) => {
    socket.write(requestOf("ListStreams", "{}"));
    return buffer(socket);
  });
  const [, body] = bytes.toString().split("\r\n\r\n");
  expect(body).toBe('{"Strea');
});

test("a rule can look at the client's user agent", async () => {
  await using emulator = await startEmulator({
    streams: { [StreamName]: 1 },
    faults: [{ effect: { kind: "unavailable" }, match: { userAgent: "app/billing" } }],
  });
  using billing = kinesisClient(emulator, { userAgentAppId: "billing" });
  using other = kinesisClient(emulator);
  await expect(put(billing)).rejects.toThrow("The service is unavailable.");
  await put(other);
});

test.each<[FaultEffect, number]>([
  [{ kind: "hang" }, 0],
  [{ kind: "latency", ms: 3_600_000 }, 0],
  [{ kind: "latency", ms: 3_600_000, when: "after" }, Records.length],
  [{ kind: "commitThenDrop", how: "hang" }, Records.length],
])(
  "closing the emulator lets go of an answer held back by %j, with %i stored",
  async (effect, stored) => {
    const emulator = await startEmulator({ streams: { [StreamName]: 1 }, faults: [{ effect }] });
    using client = kinesisClient(emulator);
    const refused = expect(put(client)).rejects.toThrow();
    while (emulator.faults.log().length === 0)
      await new Promise((resolve) => setImmediate(resolve));
    await emulator.close();
    await refused;
    expect(emulator.inspect(StreamName)?.shards[0]?.records).toHaveLength(stored);
  },
);
