// Clients that stop half way: that do not read, do not send on, or hang up on one side. The server keeps what it holds
// for them within bounds, lets go of them in time, and serves the next one.
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { setTimeout as pause } from "node:timers/promises";
import { startEmulator } from "@shardline/emulator";
import { expect, test } from "vitest";
import { HttpServer } from "../../src/http/http-server.ts";
import { exchange, readAnswer, requestOf, untilClosed, withSocket } from "../support/raw-http.ts";
import { nextServerClose } from "../support/server-sockets.ts";

const MIB = 1_048_576;
const answerOf = (body: Buffer) => async () => ({
  status: 200,
  headers: { "content-length": String(body.length) },
  body,
});

test("a client that asks on and on without reading is served no more than it has room for", async () => {
  let served = 0;
  const body = Buffer.alloc(8 * MIB, "x");
  const server = await HttpServer.listen(0, async () => {
    served += 1;
    return { status: 200, headers: { "content-length": String(body.length) }, body };
  });
  await withSocket(server.port, async (socket) => {
    socket.pause();
    socket.write(Buffer.concat(Array.from({ length: 500 }, () => requestOf("ListStreams", "{}"))));
    while (served === 0) await pause(1);
    await pause(100);
    expect(served).toBeLessThanOrEqual(2);
    expect((await exchangeWith(server)).length).toBe(body.length);
  });
  await server.close();
});

test("a client that asks faster than it is answered has few requests taken in ahead of that", async () => {
  let served = 0;
  let taken = 0;
  let mostAhead = 0;
  const onTaken = (): void => {
    taken += 1;
    mostAhead = Math.max(mostAhead, taken - served);
  };
  // Larger than what a connection buffers, so that Node stops reading meanwhile and then goes on.
  const body = Buffer.alloc(100_000, "x");
  const server = await HttpServer.listen(0, async () => {
    served += 1;
    return { status: 200, headers: { "content-length": String(body.length) }, body };
  });
  subscribe("http.server.request.start", onTaken);
  await withSocket(server.port, async (socket) => {
    const many = Buffer.concat(Array.from({ length: 500 }, () => requestOf("ListStreams", "{}")));
    const write = (): void => {
      while (socket.write(many));
    };
    socket.on("drain", write).resume();
    write();
    while (served < 1000) await pause(1);
  });
  unsubscribe("http.server.request.start", onTaken);
  // What one reading of a connection holds, 64 KiB, and what was read before it was paused.
  expect(mostAhead).toBeLessThan(2 * (65_536 / requestOf("ListStreams", "{}").length));
  await server.close();
});

test("requests that were sent ahead are answered in their order, each once", async () => {
  let served = 0;
  const server = await HttpServer.listen(0, async () => {
    served += 1;
    const body = Buffer.from(`answer ${served};`);
    // The first takes longer than those behind it.
    if (served === 1) await pause(20);
    return { status: 200, headers: { "content-length": String(body.length) }, body };
  });
  await withSocket(server.port, async (socket) => {
    const all = Array.from({ length: 50 }, (_, i) => requestOf("ListStreams", " ".repeat(i * 100)));
    socket.write(Buffer.concat(all));
    let text = "";
    while (!text.includes("answer 50;"))
      text += String(((await once(socket, "data")) as [Buffer])[0]);
    expect([...text.matchAll(/answer (\d+);/g)].map(([, number]) => Number(number))).toEqual(
      Array.from({ length: 50 }, (_, i) => i + 1),
    );
  });
  expect(served).toBe(50);
  await server.close();
});

test("a client that leaves with requests ahead is served none of them that it did not wait for", async () => {
  let served = 0;
  let answer = (): void => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const server = await HttpServer.listen(0, async () => {
    served += 1;
    await answered;
    return { status: 200, headers: {}, body: Buffer.from("late") };
  });
  const gone = nextServerClose();
  await withSocket(server.port, async (socket) => {
    socket.write(Buffer.concat([requestOf("ListStreams", "{}"), requestOf("ListStreams", "{}")]));
    while (served === 0) await pause(1);
    socket.resetAndDestroy();
  });
  // Held back by the answer that it owes, the server learns of it when it writes that.
  answer();
  await gone;
  await pause(20);
  expect(served).toBe(1);
  await server.close();
});

test("a client that never reads its answer is let go in time, over both protocols", async () => {
  const server = await HttpServer.listen(0, answerOf(Buffer.alloc(32 * MIB)), { stallMs: 100 });
  const letGo = nextServerClose();
  await withSocket(server.port, async (socket) => {
    socket.pause();
    socket.write(requestOf("ListStreams", "{}"));
    await letGo;
  });
  const session = connectHttp2(`http://127.0.0.1:${server.port}`);
  const stream = session.request({ ":method": "POST" });
  stream.on("error", () => {});
  stream.end("{}");
  await once(stream.pause(), "close");
  session.destroy();
  await server.close();
});

test("a client that waits for its answer is not taken for one that stopped, over both protocols", async () => {
  const handle = async () => {
    await pause(600);
    return { status: 200, headers: { "content-length": "4" }, body: Buffer.from("late") };
  };
  const server = await HttpServer.listen(0, handle, { stallMs: 300 });
  expect((await exchange(server.port, requestOf("ListStreams", "{}"))).body).toBe("late");
  const session = connectHttp2(`http://127.0.0.1:${server.port}`);
  const stream = session.request({ ":method": "POST" });
  stream.end("{}");
  expect(String(((await once(stream, "data")) as [Buffer])[0])).toBe("late");
  session.destroy();
  await server.close();
});

test("a client that resets its stream while it waits harms nobody", async () => {
  let asked = 0;
  let answered = 0;
  const handle = async () => {
    asked += 1;
    await pause(50);
    answered += 1;
    return { status: 200, headers: {}, body: Buffer.from("late") };
  };
  const server = await HttpServer.listen(0, handle);
  const session = connectHttp2(`http://127.0.0.1:${server.port}`);
  const stream = session.request({ ":method": "POST" });
  stream.end("{}");
  while (asked === 0) await pause(1);
  stream.close();
  while (answered === 0) await pause(1);
  const next = session.request({ ":method": "POST" });
  next.end("{}");
  expect(String(((await once(next, "data")) as [Buffer])[0])).toBe("late");
  session.destroy();
  await server.close();
});

test("a client that has asked once may take its time to ask again, over both protocols", async () => {
  // Time enough for the first request, on a busy machine too.
  const server = await HttpServer.listen(0, answerOf(Buffer.from("ok")), { firstRequestMs: 1000 });
  const session = connectHttp2(`http://127.0.0.1:${server.port}`);
  await withSocket(server.port, async (socket) => {
    for (let i = 0; i < 2; i += 1) {
      if (i > 0) await pause(1500);
      socket.write(requestOf("ListStreams", "{}"));
      expect((await readAnswer(socket)).body).toBe("ok");
      const stream = session.request({ ":method": "POST" });
      stream.end("{}");
      expect(String(((await once(stream, "data")) as [Buffer])[0])).toBe("ok");
    }
  });
  session.destroy();
  await server.close();
});

test("a client that stops reading an answer in pieces is let go in time, over both protocols", async () => {
  let ended = 0;
  async function* pieces(count: number): AsyncGenerator<Buffer, void> {
    try {
      for (let i = 0; i < count; i += 1) yield Buffer.alloc(MIB);
    } finally {
      ended += 1;
    }
  }
  let count = Number.POSITIVE_INFINITY;
  const handle = async () => ({ status: 200, headers: {}, body: pieces(count) });
  const server = await HttpServer.listen(0, handle, { unreadMs: 100 });
  // The end of it may be what stays unread.
  for (count of [Number.POSITIVE_INFINITY, 16]) {
    const letGo = nextServerClose();
    await withSocket(server.port, async (socket) => {
      socket.pause();
      socket.write(requestOf("SubscribeToShard", "{}"));
      await letGo;
    });
    const session = connectHttp2(`http://127.0.0.1:${server.port}`);
    const stream = session.request({ ":method": "POST" });
    stream.on("error", () => {});
    stream.end("{}");
    await once(stream.pause(), "close");
    session.destroy();
  }
  expect(ended).toBe(4);
  await server.close();
});

test("a client that sends half a body and stops is let go in time, over both protocols", async () => {
  const never = (): Promise<never> => Promise.reject(new Error("not to be asked"));
  const server = await HttpServer.listen(0, never, { stallMs: 100 });
  await withSocket(server.port, async (socket) => {
    socket.write(requestOf("PutRecord", '{"StreamName":"s"}').subarray(0, -5));
    await untilClosed(socket);
  });
  const session = connectHttp2(`http://127.0.0.1:${server.port}`);
  const stream = session.request({ ":method": "POST" });
  stream.on("error", () => {});
  stream.write("{");
  await once(stream.resume(), "close");
  session.destroy();
  await server.close();
});

test("a client that hangs up on its side in the middle is let go at once", async () => {
  await using emulator = await startEmulator({ tls: true });
  for (const beginning of [
    "",
    "P",
    "PRI * HTTP/2.0\r\n\r\nSM",
    "POST / HTTP/1.1\r\n",
    requestOf("PutRecord", "{}{}").subarray(0, -2),
    "\u0016",
    "\u0016\u0003\u0001",
  ]) {
    await withSocket(emulator.port, async (socket) => {
      socket.end(beginning);
      await untilClosed(socket);
    });
  }
  expect((await exchange(emulator.port, requestOf("ListStreams", "{}"))).status).toBe(200);
});

test("a client that hangs up on its side when it has asked still gets its answer", async () => {
  await using emulator = await startEmulator();
  await withSocket(emulator.port, async (socket) => {
    socket.end(requestOf("ListStreams", "{}"));
    expect((await readAnswer(socket)).status).toBe(200);
  });
});

test("a thousand connections that say nothing do not keep another from being served", async () => {
  await using emulator = await startEmulator();
  const open = async (left: number): Promise<void> => {
    if (left > 0) return withSocket(emulator.port, () => open(left - 1));
    expect((await exchange(emulator.port, requestOf("ListStreams", "{}"))).status).toBe(200);
  };
  await open(1000);
});

async function exchangeWith({ port }: HttpServer): Promise<string> {
  return (await exchange(port, requestOf("ListStreams", "{}"))).body;
}
