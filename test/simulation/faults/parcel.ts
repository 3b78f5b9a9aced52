// A request on its way to a service: it arrives although its sender is gone by then, with the bytes that it was sent with.
import { setMaxListeners } from "node:events";
import type { SimProcess } from "../fleet/sim-process.ts";

/** Whatever reached a service takes effect there, whoever waits for it. */
const NEVER = new AbortController().signal;
setMaxListeners(Number.POSITIVE_INFINITY, NEVER);

/** A method of a port. */
export type Method = (...args: unknown[]) => Promise<unknown>;

export class Parcel {
  readonly #sender: SimProcess;
  readonly #method: Method;
  #args: readonly unknown[];
  #isLetGo = false;
  #isThere = false;

  constructor(sender: SimProcess, method: Method, args: readonly unknown[]) {
    this.#sender = sender;
    this.#method = method;
    this.#args = args.map((arg) => (arg instanceof AbortSignal ? NEVER : arg));
  }

  /** Whether its sender waits for an answer. */
  get isAwaited(): boolean {
    return !this.#isLetGo && !this.isOrphan;
  }

  /** Whether its sender was killed. */
  get isOrphan(): boolean {
    return !this.#sender.isAlive;
  }

  /** Its sender waits no longer. From then on the bytes belong to the caller again. */
  letGo(): void {
    this.#isLetGo = true;
    if (!this.#isThere) this.#args = copyOf(this.#args);
  }

  /** The same once more, which nobody waits for. */
  copy(): Parcel {
    const copy = new Parcel(this.#sender, this.#method, this.#args);
    copy.letGo();
    return copy;
  }

  /** To the service; answers what comes of it, and never rejects. */
  async hand(): Promise<PromiseSettledResult<unknown>> {
    this.#isThere = true;
    try {
      return { status: "fulfilled", value: await this.#method(...this.#args) };
    } catch (reason) {
      return { status: "rejected", reason };
    }
  }
}

function copyOf(args: readonly unknown[]): readonly unknown[] {
  return args.map((arg) => (arg === NEVER ? NEVER : structuredClone(arg)));
}
