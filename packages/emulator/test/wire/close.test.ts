import { execFile } from "node:child_process";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { promisify } from "node:util";
import { startEmulator } from "@shardline/emulator";
import { expect, test } from "vitest";
import { freePort } from "../../../../test/support/free-port.ts";
import { HttpServer } from "../../src/http/http-server.ts";
import { exchange, readAnswer, requestOf, untilClosed, withSocket } from "../support/raw-http.ts";

/** Runs a script that finds the built package under the name `emulator`, and answers what it printed. */
async function runScript(script: string): Promise<string> {
  const built = new URL("../../dist/index.js", import.meta.url);
  const source = `import * as emulator from ${JSON.stringify(built.href)};\n${script}`;
  const args = ["--expose-gc", "--input-type=module", "--eval", source];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 50_000 });
  return stdout;
}

/** A request of either service, on a connection of its own. */
const CALL = `
  import { request } from "node:http";
  const call = (port, target, type) => new Promise((resolve, reject) => {
    const headers = {
      "content-type": type,
      "x-amz-target": target,
      authorization: "AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/x/aws4_request, SignedHeaders=h, Signature=s",
      "x-amz-date": "20260101T000000Z",
    };
    const sent = request({ port, host: "127.0.0.1", method: "POST", headers, agent: false }, (answer) => {
      answer.resume().on("end", () => resolve(answer.statusCode));
    });
    sent.on("error", reject).end("{}");
  });
  const callBoth = async (port) => [
    await call(port, "Kinesis_20131202.ListStreams", "application/x-amz-json-1.1"),
    await call(port, "DynamoDB_20120810.ListTables", "application/x-amz-json-1.0"),
  ];
`;

/** Registers a consumer and leaves it subscribed to a shard, read by nobody and by somebody who waits. */
const SUBSCRIBE = `
  const subscribe = async (running) => {
    const StreamARN = "arn:aws:kinesis:us-east-1:000000000000:stream/s";
    const { Consumer } = await running.call("RegisterStreamConsumer", { StreamARN, ConsumerName: "c" });
    while (running.inspect("s").consumers[0].status !== "ACTIVE") await new Promise(setImmediate);
    const to = (ShardId) => running.call("SubscribeToShard", {
      ConsumerARN: Consumer.ConsumerARN, ShardId, StartingPosition: { Type: "LATEST" },
    });
    await to("shardId-000000000000");
    const { EventStream } = await to("shardId-000000000001");
    return { waiting: EventStream[Symbol.asyncIterator]().next() };
  };
`;

test("T59: a process whose emulator is closed exits by itself, with transitions, subscriptions and both services used", async () => {
  const printed = await runScript(`${CALL}${SUBSCRIBE}
    const running = await emulator.startEmulator({ streams: { s: 2 }, transitions: { createMs: 3600000 } });
    await running.call("CreateStream", { StreamName: "t", ShardCount: 1 });
    const { waiting } = await subscribe(running);
    const statuses = await callBoth(running.port);
    await running.close();
    console.log(statuses.join(), (await waiting).done);
  `);
  expect(printed).toBe("200,200 true\n");
});

test("T59: 200 emulators started, used and closed leave less than 5 MB behind", async () => {
  const printed = await runScript(`${CALL}${SUBSCRIBE}
    const cycle = async () => {
      const running = await emulator.startEmulator({ streams: { s: 2 }, transitions: { consumerMs: 0 } });
      const { waiting } = await subscribe(running);
      await callBoth(running.port);
      await running.close();
      await waiting;
    };
    const heapAfter = async (cycles) => {
      for (let i = 0; i < cycles; i += 1) await cycle();
      await new Promise((resolve) => setTimeout(resolve, 50));
      globalThis.gc();
      return process.memoryUsage().heapUsed;
    };
    const before = await heapAfter(20);
    console.log(await heapAfter(200) - before);
  `);
  expect(Number(printed)).toBeLessThan(5 * 1024 * 1024);
});

test("T59: a closed emulator frees its port", async () => {
  const port = await freePort();
  const first = await startEmulator({ port });
  await expect(startEmulator({ port })).rejects.toMatchObject({ code: "EADDRINUSE" });
  await first.close();
  await using second = await startEmulator({ port });
  expect(second.port).toBe(port);
});

test("closing a second time does nothing", async () => {
  const emulator = await startEmulator();
  await emulator.close();
  await emulator.close();
});

test("closing ends idle connections of both protocols", async () => {
  const emulator = await startEmulator();
  const session = connectHttp2(emulator.endpoint);
  await once(session, "connect");
  const stream = session.request({ ":path": "/healthcheck" });
  await once(stream.resume(), "end");
  const sessionClosed = once(session, "close");
  await withSocket(emulator.port, async (socket) => {
    socket.write(requestOf("ListStreams", "{}"));
    await readAnswer(socket);
    const closed = untilClosed(socket);
    await emulator.close();
    await Promise.all([closed, sessionClosed]);
  });
});

test("closing answers what was asked before and drops what was asked in half", async () => {
  const answer = gate();
  const asked = gate();
  const server = await HttpServer.listen(0, async () => {
    asked.open();
    await answer.opened;
    return { status: 200, headers: { "content-length": "4" }, body: Buffer.from("late") };
  });
  const half = requestOf("ListStreams", "{}").subarray(0, -1);
  await withSocket(server.port, async (halfway) => {
    halfway.write(half);
    const answered = exchange(server.port, requestOf("ListStreams", "{}"));
    await asked.opened;
    const closed = server.close();
    answer.open();
    expect((await answered).body).toBe("late");
    await Promise.all([untilClosed(halfway), closed]);
  });
});

test("closing does not wait for an answer that never comes", async () => {
  const asked = gate();
  const server = await HttpServer.listen(0, async () => {
    asked.open();
    return new Promise<never>(() => {});
  });
  await withSocket(server.port, async (socket) => {
    socket.write(requestOf("ListStreams", "{}"));
    await asked.opened;
    await Promise.all([untilClosed(socket), server.close()]);
  });
});

/** A promise and what resolves it. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}
