// Input that no honest client sends: the server must answer it or end the connection, and serve the next one.
import { once } from "node:events";
import { connect } from "node:http2";
import { startEmulator } from "@shardline/emulator";
import fc from "fast-check";
import { expect, test } from "vitest";
import { OPERATIONS as KNOWN } from "../../src/operations.ts";
import { exchange, readAnswer, requestOf, untilClosed, withSocket } from "../support/raw-http.ts";

const OPERATIONS = [...KNOWN.keys()];

const MEMBERS = [
  "StreamName",
  "StreamARN",
  "StreamId",
  "ShardId",
  "ShardCount",
  "Records",
  "Data",
  "PartitionKey",
  "ExplicitHashKey",
  "ShardIterator",
  "ShardIteratorType",
  "StartingSequenceNumber",
  "Timestamp",
  "Limit",
  "ShardFilter",
  "Type",
  "NextToken",
  "MaxResults",
  "NewStartingHashKey",
  "ShardToSplit",
  "TargetShardCount",
  "ScalingType",
  "DryRun",
  "ConsumerARN",
  "ConsumerName",
  "StartingPosition",
  "SequenceNumber",
  "Tags",
  "TagKeys",
  "ResourceARN",
  "RetentionPeriodHours",
  "MaxRecordSizeInKiB",
  "StreamModeDetails",
  "StreamMode",
  "__proto__",
  "constructor",
];

/** Values near what is expected, and far from it. */
const likely = fc.constantFrom<unknown>(
  "s",
  "shardId-000000000000",
  "TRIM_HORIZON",
  "AT_TIMESTAMP",
  "AFTER_SEQUENCE_NUMBER",
  "UNIFORM_SCALING",
  "ON_DEMAND",
  "aGk=",
  "0",
  "49590338271490256608559692538361571095921575989136588898",
  "arn:aws:kinesis:us-east-1:000000000000:stream/s",
  1,
  0,
  -1,
  1e308,
  null,
  true,
);

const inputs = fc.oneof(
  fc.jsonValue(),
  fc.dictionary(
    fc.constantFrom(...MEMBERS),
    fc.oneof(likely, fc.jsonValue(), fc.array(fc.dictionary(fc.constantFrom(...MEMBERS), likely))),
    { maxKeys: 6 },
  ),
);

async function isAlive(port: number): Promise<boolean> {
  return (await exchange(port, requestOf("ListStreams", "{}"))).status === 200;
}

test("any JSON to any operation is answered, never with an internal failure", async () => {
  await using emulator = await startEmulator({ streams: { s: 2 } });
  await withSocket(emulator.port, async (socket) => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...OPERATIONS), inputs, async (operation, input) => {
        socket.write(requestOf(operation, JSON.stringify(input)));
        const { status, body } = await readAnswer(socket);
        expect([200, 400]).toContain(status);
        if (status === 400) expect(JSON.parse(body)).toHaveProperty("__type");
      }),
      { numRuns: 1000 },
    );
  });
});

test("any bytes for a body are answered", async () => {
  await using emulator = await startEmulator({ streams: { s: 1 } });
  await withSocket(emulator.port, async (socket) => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...OPERATIONS), fc.uint8Array(), async (operation, body) => {
        socket.write(requestOf(operation, Buffer.from(body)));
        expect((await readAnswer(socket)).status).toBe(400);
      }),
      { numRuns: 300 },
    );
  });
});

test("any bytes on a connection are answered or the connection is closed", async () => {
  await using emulator = await startEmulator();
  const beginnings = fc.constantFrom(
    "",
    "PRI",
    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "GET ",
    "POST / HTTP/1.1\r\n",
  );
  await fc.assert(
    fc.asyncProperty(beginnings, fc.uint8Array({ maxLength: 200 }), async (beginning, bytes) => {
      await withSocket(emulator.port, async (socket) => {
        // The end of our side keeps nobody waiting for more.
        socket.end(Buffer.concat([Buffer.from(beginning), bytes]));
        await untilClosed(socket);
      });
    }),
    { numRuns: 200 },
  );
  expect(await isAlive(emulator.port)).toBe(true);
});

test("a header of a megabyte is refused", async () => {
  await using emulator = await startEmulator();
  const huge = requestOf("ListStreams", "{}", { "x-huge": "x".repeat(1_000_000) });
  await withSocket(emulator.port, async (socket) => {
    socket.write(huge);
    await untilClosed(socket);
  });
  const session = connect(emulator.endpoint);
  session.on("error", () => {});
  const stream = session.request({ ":method": "POST", "x-huge": "x".repeat(100_000) });
  stream.on("error", () => {});
  await new Promise((resolve) => stream.on("close", resolve));
  session.destroy();
  expect(await isAlive(emulator.port)).toBe(true);
});

test("a client that leaves at any moment of its request hurts nobody", async () => {
  await using emulator = await startEmulator({ streams: { s: 1 } });
  const Records = Array.from({ length: 50 }, () => ({ PartitionKey: "k", Data: "aGk=" }));
  const request = requestOf("PutRecords", JSON.stringify({ StreamName: "s", Records }));
  for (let length = 0; length <= request.length; length += 97) {
    await withSocket(emulator.port, async (socket) => {
      socket.write(request.subarray(0, length));
      await new Promise((resolve) => setImmediate(resolve));
    });
  }
  expect(await isAlive(emulator.port)).toBe(true);
});

test("a client that resets its HTTP/2 streams hurts nobody", async () => {
  await using emulator = await startEmulator({ streams: { s: 1 } });
  const session = connect(emulator.endpoint);
  const headers = {
    ":method": "POST",
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": "Kinesis_20131202.ListStreams",
  };
  for (let i = 0; i < 20; i += 1) {
    const stream = session.request(headers);
    stream.on("error", () => {});
    if (i % 2 === 0) stream.write("{");
    else stream.end("{}");
    if (i % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
    stream.close(8);
    await once(stream, "close");
  }
  const last = session.request(headers);
  last.end("{}");
  const [answer] = (await once(last, "response")) as [Record<string, unknown>];
  expect(answer[":status"]).toBe(200);
  session.destroy();
});

test("a pattern is not matched against megabytes, so that a long text costs no time", async () => {
  await using emulator = await startEmulator();
  const StreamARN = "arn:aws:kinesis:".repeat(500_000);
  const startedAt = performance.now();
  const answer = await exchange(
    emulator.port,
    requestOf("DescribeStream", JSON.stringify({ StreamARN })),
  );
  expect(answer.status).toBe(400);
  expect(answer.body.length).toBeLessThan(10_000);
  expect(performance.now() - startedAt).toBeLessThan(5000);
});

test("any JSON to the lease table is answered", async () => {
  await using emulator = await startEmulator();
  const operations = fc.constantFrom(
    "GetItem",
    "PutItem",
    "UpdateItem",
    "Scan",
    "CreateTable",
    "Nothing",
  );
  await withSocket(emulator.port, async (socket) => {
    await fc.assert(
      fc.asyncProperty(operations, fc.json(), async (operation, body) => {
        const headers = {
          "content-type": "application/x-amz-json-1.0",
          "x-amz-target": `DynamoDB_20120810.${operation}`,
          "x-amz-date": "20260101T000000Z",
          authorization:
            "AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=h, Signature=s",
        };
        socket.write(requestOf("", body, headers));
        expect([200, 400, 500]).toContain((await readAnswer(socket)).status);
      }),
      { numRuns: 200 },
    );
  });
  expect(await isAlive(emulator.port)).toBe(true);
});
