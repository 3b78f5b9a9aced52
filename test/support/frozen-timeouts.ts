// Timeouts that do not pass: for what must happen without one, or before the next.
import { vi } from "vitest";

/** Until it is disposed of, what is to happen after a timeout that begins from now on does not. */
export function freezeTimeouts(): Disposable {
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  return { [Symbol.dispose]: () => void vi.useRealTimers() };
}
