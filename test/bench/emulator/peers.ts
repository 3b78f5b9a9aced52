// Other emulators of Kinesis that run on Node. They have a package and a lockfile of their own, which only
// `npm run bench -- --peers` installs.
import { once } from "node:events";
import { createRequire } from "node:module";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PEERS_FOLDER } from "../peers-folder.ts";

const requirePeer = createRequire(join(PEERS_FOLDER, "package.json"));

/** kinesalite, told to be as quick as it can; answers what starts it. */
export function loadKinesalite(): () => Promise<number> {
  const create = requirePeer("kinesalite") as (options: object) => Server;
  return async () => {
    const server = create({ createStreamMs: 0, deleteStreamMs: 0, updateStreamMs: 0 });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  };
}

/** The same of kinesis-local; a program that listens on ports which its environment names. */
export async function startKinesisLocal(): Promise<number> {
  const port = await freePort();
  const program = requirePeer.resolve("kinesis-local");
  Object.assign(process.env, {
    KINESIS_MOCK_PLAIN_PORT: String(port),
    KINESIS_MOCK_TLS_PORT: String(await freePort()),
    KINESIS_MOCK_CERT_PATH: join(program, "..", "server.json"),
    CREATE_STREAM_DURATION: "0s",
    DELETE_STREAM_DURATION: "0s",
    LOG_LEVEL: "ERROR",
    CATS_EFFECT_CPU_STARVATION_CHECK_INTERVAL: "1h",
  });
  requirePeer(program);
  while (!(await accepts(port))) await sleep(1);
  return port;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

function accepts(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  return new Promise((resolve) => {
    socket.once("error", () => resolve(false));
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
  });
}
