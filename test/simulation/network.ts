// What lies between a simulated process and the services: latency, and requests and answers that get lost.
import { apiCallFailed, type Random, sleep } from "@shardline/core";
import type { Odds } from "./odds.ts";
import type { SimProcess } from "./sim-process.ts";

/** A client gives up on a call after so long. */
const TIMEOUT_MS = 2000;

/** Adapters repeat these themselves, because no loop stands above them; a port in memory has nothing to repeat. */
const RETRIED_INSIDE: ReadonlySet<string | symbol> = new Set(["ensureTable"]);

/** Which faults have fired, by name. */
export type FaultCounts = Map<string, number>;

/** The network of a world; healed, it only delays. */
export class Network {
  readonly #odds: Odds;
  readonly #random: Random;
  readonly faults: FaultCounts = new Map();
  #isHealed = false;

  constructor(odds: Odds, random: Random) {
    this.#odds = odds;
    this.#random = random;
  }

  heal(): void {
    this.#isHealed = true;
  }

  /** The same port as seen from a process: its last argument is the call's signal. */
  between<Port extends object>(process: SimProcess, service: string, port: Port): Port {
    return new Proxy(port, {
      get: (target, name) => {
        const member = Reflect.get(target, name) as unknown;
        if (typeof member !== "function") return member;
        const method = member as (...args: unknown[]) => Promise<unknown>;
        if (RETRIED_INSIDE.has(name)) return method.bind(target);
        return (...args: unknown[]) => {
          const signal = args.at(-1) as AbortSignal;
          const call = () => method.apply(target, args);
          return this.#carry(process, `${service}.${String(name)}`, call, signal);
        };
      },
    });
  }

  async #carry(
    process: SimProcess,
    operation: string,
    call: () => Promise<unknown>,
    signal: AbortSignal,
  ): Promise<unknown> {
    await sleep(process, this.#latencyMs(), signal);
    if (this.#happens("lost request", this.#odds.lostRequest)) {
      await sleep(process, TIMEOUT_MS, signal);
      throw timedOut(operation);
    }
    const answer = await settled(call);
    if (this.#happens("lost answer", this.#odds.lostAnswer)) {
      await sleep(process, TIMEOUT_MS, signal);
      throw timedOut(operation);
    }
    await sleep(process, this.#latencyMs(), signal);
    if (answer.status === "rejected") throw answer.reason;
    return answer.value;
  }

  #latencyMs(): number {
    return this.#random.next() * this.#odds.maxLatencyMs;
  }

  #happens(fault: string, probability: number): boolean {
    if (this.#isHealed || this.#random.next() >= probability) return false;
    this.faults.set(fault, (this.faults.get(fault) ?? 0) + 1);
    return true;
  }
}

async function settled(call: () => Promise<unknown>): Promise<PromiseSettledResult<unknown>> {
  const [result] = await Promise.allSettled([call()]);
  return result;
}

function timedOut(operation: string): Error {
  return apiCallFailed(operation, {
    kind: "transient",
    awsName: "TimeoutError",
    reason: `no answer within ${TIMEOUT_MS} ms`,
    isAmbiguous: true,
  });
}
