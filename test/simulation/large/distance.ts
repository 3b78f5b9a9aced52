// The way from a simulated process to a service and back: time passes, and nothing gets lost.
import { type Random, sleep } from "@shardline/core";
import type { SimProcess } from "../fleet/sim-process.ts";

/** Each way, in ms. */
const MIN_MS = 1;
const MAX_MS = 10;

export class Distance {
  readonly #process: SimProcess;
  readonly #random: Random;

  constructor(process: SimProcess, random: Random) {
    this.#process = process;
    this.#random = random;
  }

  /** Makes a call where it takes effect, and has its answer here. */
  async carry<Answer>(call: () => Promise<Answer>, signal: AbortSignal): Promise<Answer> {
    await this.#pass(signal);
    try {
      return await call();
    } finally {
      await this.#pass(signal);
    }
  }

  /** The same port from here: the last argument of each call is its signal. */
  to<Port extends object>(port: Port): Port {
    const calls = new Map<string | symbol, unknown>();
    return new Proxy(port, {
      get: (target, name) => {
        if (!calls.has(name)) calls.set(name, this.#from(target, name));
        return calls.get(name);
      },
    });
  }

  #from(port: object, name: string | symbol): unknown {
    const member: unknown = Reflect.get(port, name);
    if (typeof member !== "function") return member;
    const method = member as (...args: unknown[]) => Promise<unknown>;
    return (...args: unknown[]) =>
      this.carry(() => method.apply(port, args), args.at(-1) as AbortSignal);
  }

  #pass(signal: AbortSignal): Promise<void> {
    const ms = MIN_MS + this.#random.next() * (MAX_MS - MIN_MS);
    return sleep(this.#process, ms, signal);
  }
}
