import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { expect, it } from "vitest";
import { Relay } from "./relay.ts";

/** A client, what it has heard, and the code with which its connection broke. */
interface Client {
  readonly socket: Socket;
  readonly heard: string[];
  readonly broke: Promise<string>;
}

/** A server that answers each message with the same in brackets, a relay before it, and clients. */
class Scene implements AsyncDisposable {
  /** What the server was asked. */
  readonly asked: string[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((socket) => {
    this.#sockets.add(socket.on("error", () => undefined));
    socket.on("data", (data) => {
      this.asked.push(String(data));
      socket.write(`(${String(data)})`);
    });
  });
  #relay: Relay | undefined;

  async open(): Promise<Relay> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    this.#relay = await Relay.listen((this.#server.address() as AddressInfo).port);
    return this.#relay;
  }

  async connect(): Promise<Client> {
    const socket = connect(this.#relay?.port ?? 0, "127.0.0.1");
    this.#sockets.add(socket);
    const heard: string[] = [];
    socket.on("data", (data) => heard.push(String(data)));
    const broke = new Promise<string>((resolve) => {
      socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    });
    await Promise.race([once(socket, "connect"), broke]);
    return { socket, heard, broke };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#relay?.[Symbol.asyncDispose]();
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }
}

it("chaos: a relay carries what is said in both directions, and an end", async () => {
  await using scene = new Scene();
  await scene.open();
  const { heard, socket } = await scene.connect();
  socket.write("tea");
  await expect.poll(() => heard).toEqual(["(tea)"]);
  socket.end();
  await once(socket, "close");
});

it("chaos: refused connections are reset, those that were there and those that come, until it ends", async () => {
  await using scene = new Scene();
  const relay = await scene.open();
  const { asked } = scene;
  const before = await scene.connect();
  before.socket.write("tea");
  await expect.poll(() => before.heard).toEqual(["(tea)"]);
  const cut = relay.cut("refused");
  expect(await before.broke).toBe("ECONNRESET");
  const during = await scene.connect();
  during.socket.write("milk");
  expect(["ECONNRESET", "EPIPE"]).toContain(await during.broke);
  expect(cut.hits).toBe(2);
  expect(relay.isCut).toBe(true);
  cut.end("late");
  const after = await scene.connect();
  after.socket.write("sugar");
  await expect.poll(() => after.heard).toEqual(["(sugar)"]);
  expect(asked).toEqual(["tea", "sugar"]);
  expect(cut.hits).toBe(2);
});

it("chaos: what is said in silence arrives late, even if who said it is no more", async () => {
  await using scene = new Scene();
  const relay = await scene.open();
  const { asked } = scene;
  const { socket } = await scene.connect();
  socket.write("one");
  await expect.poll(() => asked).toEqual(["one"]);
  const cut = relay.cut("silent");
  socket.write("two");
  await expect.poll(() => cut.hits).toBe(1);
  socket.resetAndDestroy();
  await once(socket, "close");
  expect(asked).toEqual(["one"]);
  cut.end("late");
  await expect.poll(() => asked).toEqual(["one", "two"]);
});

it("chaos: what is asked of a mute service takes effect, and its answer comes late, or never", async () => {
  await using scene = new Scene();
  const relay = await scene.open();
  const { asked } = scene;
  const { broke, heard, socket } = await scene.connect();
  for (const [end, question] of [
    ["late", "one"],
    ["reset", "two"],
  ] as const) {
    const cut = relay.cut("mute");
    socket.write(question);
    await expect.poll(() => cut.hits).toBe(1);
    expect(asked).toContain(question);
    expect(heard).not.toContain(`(${question})`);
    cut.end(end);
    if (end === "late") await expect.poll(() => heard).toEqual(["(one)"]);
  }
  expect(await broke).toBe("ECONNRESET");
  expect(heard).toEqual(["(one)"]);
});

it("chaos: a connection that was idle in an outage is left alone", async () => {
  await using scene = new Scene();
  const relay = await scene.open();
  const { heard, socket } = await scene.connect();
  relay.cut("mute").end("reset");
  socket.write("tea");
  await expect.poll(() => heard).toEqual(["(tea)"]);
});
