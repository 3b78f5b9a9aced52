// TLS on the one port, with and without ALPN, next to what is spoken without it.
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect as connectTcp } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { ListStreamsCommand } from "@aws-sdk/client-kinesis";
import { VirtualClock } from "@shardline/core/testing";
import { type RunningEmulator, startEmulator } from "@shardline/emulator";
import { expect, test } from "vitest";
import { makeCertificate } from "../../src/http/certificate.ts";
import { HttpServer } from "../../src/http/http-server.ts";
import { exchange, readAnswer, requestOf, untilClosed, withSocket } from "../support/raw-http.ts";
import { dynamoDbClient, kinesisClient, tlsHttp1, tlsHttp2 } from "../support/running.ts";

const HELLO = Buffer.from("160301", "hex");

interface Handshake {
  readonly ALPNProtocols?: string[];
  readonly maxVersion?: "TLSv1.1" | "TLSv1.2" | "TLSv1.3";
  readonly minVersion?: "TLSv1" | "TLSv1.2";
}

/** Opens a connection over TLS and hands it to `use`; it is closed afterwards. */
async function withTls<T>(
  { port, ca = "" }: Pick<RunningEmulator, "port" | "ca">,
  options: Handshake,
  use: (socket: TLSSocket) => Promise<T>,
): Promise<T> {
  const socket = connectTls({ port, host: "127.0.0.1", ca, ...options });
  const failed = once(socket, "error").then(([error]) => Promise.reject(error as Error));
  try {
    await Promise.race([once(socket, "secureConnect"), failed]);
    socket.on("error", () => {});
    return await use(socket);
  } finally {
    failed.catch(() => {});
    socket.destroy();
  }
}

/** The status of a call over HTTP/2 on a connection that is there already. */
async function callOverHttp2(socket: TLSSocket): Promise<unknown> {
  const session = connectHttp2("https://localhost", { createConnection: () => socket });
  const stream = session.request({
    ":method": "POST",
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": "Kinesis_20131202.ListStreams",
  });
  stream.end("{}");
  const [headers] = (await once(stream, "response")) as [Record<string, unknown>];
  stream.resume();
  await once(stream, "end");
  session.close();
  await once(session, "close");
  return headers[":status"];
}

test("T02: HTTPS with ALPN h2, HTTPS over HTTP/1.1, HTTP/1.1 and h2c are all served on one port", async () => {
  await using emulator = await startEmulator({ tls: true, streams: { s: 1 } });
  expect(emulator.endpoints).toEqual({
    http: `http://127.0.0.1:${emulator.port}`,
    https: `https://127.0.0.1:${emulator.port}`,
  });
  for (const config of [tlsHttp2(emulator), tlsHttp1(emulator), {}]) {
    using client = kinesisClient(emulator, config);
    expect((await client.send(new ListStreamsCommand({}))).StreamNames).toEqual(["s"]);
  }
  using tables = dynamoDbClient(emulator, tlsHttp1(emulator));
  expect((await tables.send(new ListTablesCommand({}))).TableNames).toEqual([]);
  expect((await exchange(emulator.port, requestOf("ListStreams", "{}"))).status).toBe(200);
});

test.each([
  ["without ALPN", {}, false],
  ["with ALPN", { ALPNProtocols: ["h2"] }, "h2"],
  ["with ALPN of which HTTP/2 is the second choice", { ALPNProtocols: ["http/1.1", "h2"] }, "h2"],
  ["over TLS 1.2 without ALPN", { maxVersion: "TLSv1.2" } as const, false],
])("T02: an HTTP/2 preface is understood %s", async (_, options, protocol) => {
  await using emulator = await startEmulator({ tls: true });
  await withTls(emulator, options, async (socket) => {
    expect(socket.alpnProtocol).toBe(protocol);
    expect(await callOverHttp2(socket)).toBe(200);
  });
});

test.each([
  ["without ALPN", {}],
  ["with ALPN", { ALPNProtocols: ["http/1.1"] }],
  ["over TLS 1.2", { maxVersion: "TLSv1.2" } as const],
])("T02: HTTP/1.1 is understood within TLS %s, byte by byte too", async (_, options) => {
  await using emulator = await startEmulator({ tls: true });
  await withTls(emulator, options, async (socket) => {
    const request = requestOf("ListStreams", "{}");
    for (const byte of request.subarray(0, 4)) socket.write(Buffer.of(byte));
    socket.write(request.subarray(4));
    expect((await readAnswer(socket)).status).toBe(200);
  });
});

test("what is older than TLS 1.2 is refused", async () => {
  await using emulator = await startEmulator({ tls: true });
  const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1" } as const;
  await expect(withTls(emulator, old, async () => "served")).rejects.toThrow();
});

test("the certificate is for this machine's names, good now by the system's clock, and of a curve", async () => {
  const clock = new VirtualClock(0);
  await using emulator = await startEmulator({ clock, tls: true });
  const certificate = new X509Certificate(emulator.ca ?? "");
  for (const host of ["localhost", "host.docker.internal"]) {
    expect(certificate.checkHost(host)).toBe(host);
  }
  expect(certificate.checkIP("127.0.0.1")).toBe("127.0.0.1");
  expect(certificate.checkIP("::1")).toBe("::1");
  expect(certificate.checkHost("example.com")).toBeUndefined();
  expect(Date.parse(certificate.validFrom)).toBeLessThan(Date.now());
  expect(Date.parse(certificate.validTo)).toBeGreaterThan(Date.now() + 86_400_000);
  expect(certificate.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: "prime256v1" });
  expect(certificate.verify(certificate.publicKey)).toBe(true);
});

test("two emulators have certificates of their own", async () => {
  await using one = await startEmulator({ tls: true });
  await using other = await startEmulator({ tls: true });
  expect(one.ca).not.toBe(other.ca);
  const stranger = { ca: one.ca, port: other.port };
  await expect(withTls(stranger, {}, async () => "trusted")).rejects.toThrow(/self.signed/);
});

test("without TLS there is no certificate, and a handshake is closed at once", async () => {
  await using emulator = await startEmulator();
  expect([emulator.ca, emulator.endpoints]).toEqual([
    undefined,
    { http: `http://127.0.0.1:${emulator.port}` },
  ]);
  await withSocket(emulator.port, async (socket) => {
    socket.write(HELLO);
    await untilClosed(socket);
  });
});

test("T03: a handshake that comes in two parts is understood", async () => {
  await using emulator = await startEmulator({ tls: true });
  // Between the client and the server stands what cuts the first byte off and sends it ahead.
  const tcp = connectTcp(emulator.port, "127.0.0.1");
  await once(tcp, "connect");
  const { Duplex } = await import("node:stream");
  let isFirst = true;
  const cut = new Duplex({
    read: () => {},
    write: (chunk: Buffer, _encoding, done) => {
      if (!isFirst) return void tcp.write(chunk, done);
      isFirst = false;
      tcp.write(chunk.subarray(0, 1), () =>
        setTimeout(() => tcp.write(chunk.subarray(1), done), 100),
      );
    },
    final: (done) => void tcp.end(done),
  });
  tcp.on("data", (chunk) => cut.push(chunk));
  tcp.on("end", () => cut.push(null));
  const socket = connectTls({ socket: cut, ca: emulator.ca ?? "", host: "127.0.0.1" });
  await once(socket, "secureConnect");
  socket.write(requestOf("ListStreams", "{}"));
  expect((await readAnswer(socket)).status).toBe(200);
  socket.destroy();
  tcp.destroy();
});

test("T03: a handshake that fails, stops or hides another is closed in time", async () => {
  const certificate = await makeCertificate(Date.now());
  const never = (): Promise<never> => new Promise(() => {});
  // Time enough for the handshakes that succeed, on a busy machine too.
  const server = await HttpServer.listen(0, never, { certificate, firstRequestMs: 1000 });
  const emulator = { port: server.port, ca: certificate.certificate };
  const closes = [
    ...[HELLO, Buffer.of(0x16), Buffer.alloc(5000, 0x16)].map((beginning) =>
      withSocket(server.port, async (socket) => {
        socket.write(beginning);
        await untilClosed(socket);
      }),
    ),
    ...["", "\u0000\u0001\u0002\u0003", "\u0016\u0003\u0001", "P", "PRI * HT"].map((garbage) =>
      withTls(emulator, {}, async (socket) => {
        socket.write(garbage);
        await untilClosed(socket);
      }),
    ),
  ];
  await Promise.all(closes);
  await server.close();
});

test("closing ends connections over TLS, idle ones and those in the middle of a handshake", async () => {
  const emulator = await startEmulator({ tls: true });
  await withSocket(emulator.port, async (half) => {
    half.write(HELLO);
    await withTls(emulator, {}, async (idle) => {
      await withTls(emulator, {}, async (used) => {
        used.write(requestOf("ListStreams", "{}"));
        await readAnswer(used);
        const closed = [half, idle, used].map(untilClosed);
        const startedAt = performance.now();
        await emulator.close();
        await Promise.all(closed);
        // Long before the handshake has used up its own time.
        expect(performance.now() - startedAt).toBeLessThan(5000);
      });
    });
  });
});
