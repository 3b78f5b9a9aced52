// A port for a program that is told its port and cannot be asked for it.
import { once } from "node:events";
import { createServer } from "node:net";

/** Below what systems hand out by themselves, so that no connection of another test has it in the meantime. */
const FIRST_PORT = 20_000;
const PORTS = 10_000;

/** A port that nobody has, and that nobody gets who does not ask for it by its number. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch {
    return false;
  }
  server.close();
  await once(server, "close");
  return true;
}
