// Buffers of bodies are used again, and never while somebody may still read them.
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { PassThrough } from "node:stream";
import type { PutRecordsRequest } from "@shardline/core";
import { describe, expect, test } from "vitest";
import { readAnswerBody } from "../src/wire/answer-body.ts";
import { BodyPool } from "../src/wire/body-pool.ts";
import { CborTrust } from "../src/wire/cbor-trust.ts";
import { putRecordsBy } from "../src/wire/wire-put-records.ts";
import { atEnd, noAbort } from "./support/kinesis-server.ts";
import { apiForBy, WAYS } from "./support/ways.ts";

const KIB = 1024;
const MIB = KIB * KIB;

describe("a pool", () => {
  test("hands a buffer out again once it came back, to one at a time", () => {
    const pool = new BodyPool();
    const first = pool.take(300 * KIB);
    expect(pool.take(300 * KIB).buffer).not.toBe(first.buffer);
    pool.giveBack(first);
    expect(pool.take(200 * KIB).buffer).toBe(first.buffer);
    expect(pool.take(200 * KIB).buffer).not.toBe(first.buffer);
  });

  test("keeps from 32 KiB to 32 MiB", () => {
    const pool = new BodyPool();
    for (const bytes of [1, 31 * KIB, 33 * MIB]) pool.giveBack(pool.take(bytes));
    expect(pool.idleBytes).toBe(0);
    const taken = Array.from({ length: 100 }, () => pool.take(MIB));
    for (const buffer of taken) pool.giveBack(buffer);
    expect(pool.idleBytes).toBe(32 * MIB);
  });
});

describe("a buffer", () => {
  const request: PutRecordsRequest = {
    stream: { name: "orders" },
    entries: [{ data: Buffer.alloc(100 * KIB), partitionKey: "k" }],
  };
  const answer = Buffer.from('{"Records":[{"SequenceNumber":"1","ShardId":"s"}]}');

  test.each([true, false])("goes back if the request is over: %s", async (isRequestSent) => {
    const pool = new BodyPool();
    const put = putRecordsBy(
      async () => ({ bytes: answer, contentType: "application/x-amz-json-1.1", isRequestSent }),
      pool,
      new CborTrust(false),
    );
    await put(request, noAbort(), undefined);
    expect(pool.idleBytes > 0).toBe(isRequestSent);
  });

  test("is left alone after a failure", async () => {
    const pool = new BodyPool();
    const put = putRecordsBy(() => Promise.reject(new Error("reset")), pool, new CborTrust(false));
    await expect(put(request, noAbort(), undefined)).rejects.toThrow("reset");
    expect(pool.idleBytes).toBe(0);
  });

  test("is not over while a stream that answers still has something to send", async () => {
    const stream = new PassThrough();
    stream.end("{}");
    // Half of it only: nobody has ended the writing side of a request that is still going out.
    const open = new PassThrough({ allowHalfOpen: true });
    open.push("{}");
    open.push(null);
    const collect = () => Promise.reject(new Error("unused"));
    const how = { collect, contentLength: "2" };
    expect((await readAnswerBody(open, how)).isRequestSent).toBe(false);
    expect((await readAnswerBody(stream, how)).isRequestSent).toBe(true);
    open.destroy();
  });
});

test("no request carries another one's bytes, whatever was aborted, refused early or timed out", async () => {
  let wrong = 0;
  let whole = 0;
  let early = 0;
  const server = createServer((incoming, response) => {
    const declared = incoming.headers["x-amz-content-sha256"];
    const answer = '{"Records":[{"SequenceNumber":"1","ShardId":"s"}]}';
    const chance = Math.random();
    if (chance < 0.2) {
      // Answers before it has read the body, which is then still on its way.
      early += 1;
      const status = chance < 0.1 ? "200 OK" : "413 Payload Too Large";
      // Past Node's own answer, which would throw the rest of the request away.
      incoming.socket.write(
        `HTTP/1.1 ${status}\r\ncontent-length: ${answer.length}\r\n\r\n${answer}`,
      );
    }
    const hash = createHash("sha256");
    // Large bodies and a slow reader: most of a body is still in the client's hands for a while.
    incoming.pause();
    setTimeout(() => incoming.resume(), 10);
    incoming.on("data", (chunk: Buffer) => hash.update(chunk));
    incoming.on("error", () => undefined);
    incoming.on("end", () => {
      whole += 1;
      if (hash.digest("hex") !== declared) wrong += 1;
      if (chance > 0.9 || chance < 0.2) incoming.socket.destroy();
      else response.end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  atEnd(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const [, byWire] = WAYS[0] as (typeof WAYS)[number];
  const api = apiForBy(byWire)(url, { maxSockets: 6 });
  let calls = 0;
  const lane = async (): Promise<void> => {
    for (let i = 0; i < 10; i += 1) {
      const stop = new AbortController();
      calls += 1;
      const data = Buffer.alloc(5 * MIB, calls);
      const call = api.putRecords(
        { stream: { name: "orders" }, entries: [{ data, partitionKey: "k" }] },
        stop.signal,
      );
      if (Math.random() < 0.2) setTimeout(() => stop.abort(), Math.random() * 40);
      await call.catch(() => undefined);
    }
  };
  await Promise.all(Array.from({ length: 12 }, lane));
  expect(wrong).toBe(0);
  expect(whole).toBeGreaterThan(30);
  expect(early).toBeGreaterThan(5);
});
