// The other end of a test's connections: what a server of this process has accepted.
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";

const ACCEPTED = "net.server.socket";

/** Resolves once the next connection that a server accepts has closed at the server's end. */
export function nextServerClose(): Promise<void> {
  return new Promise((resolve) => {
    const onAccepted = (message: unknown): void => {
      unsubscribe(ACCEPTED, onAccepted);
      const { socket } = message as { readonly socket: Socket };
      socket.once("close", () => resolve());
    };
    subscribe(ACCEPTED, onAccepted);
  });
}
