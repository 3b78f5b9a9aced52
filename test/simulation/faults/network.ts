// What lies between a simulated process and the services: latency, requests and answers that get lost, come late or
// twice, and services that are away.
import { apiCallFailed, type ApiFailure, type Clock, type Random, sleep } from "@shardline/core";
import type { SimProcess } from "../fleet/sim-process.ts";
import type { NetworkOdds } from "../odds.ts";
import type { FaultCounts } from "./fault-counts.ts";

/** A client gives up on a call after so long. */
const TIMEOUT_MS = 2000;
/** A request that was held up arrives so much later at most. */
const MAX_LATE_MS = 10_000;

/** Adapters repeat these themselves, because no loop stands above them; a port in memory has nothing to repeat. */
const RETRIED_INSIDE: ReadonlySet<string | symbol> = new Set(["ensureTable"]);

/** Calls that change something when they come again. */
const WRITES: ReadonlySet<string | symbol> = new Set(["putRecords", "create", "update", "delete"]);
const NEVER = new AbortController().signal;

/** A service as it is called through the network. */
export type ServiceName = "kinesis" | "leases";

/** How a service is just now. */
export type Weather =
  | { readonly kind: "calm" }
  /** It refuses such a share of the calls. */
  | { readonly kind: "throttling"; readonly share: number }
  /** It cannot be reached. */
  | { readonly kind: "away" };

const CALM: Weather = { kind: "calm" };

const THROTTLED: Readonly<Record<ServiceName, ApiFailure>> = {
  kinesis: refusal("LimitExceededException", "rate exceeded"),
  leases: refusal("ProvisionedThroughputExceededException", "the table's throughput is exceeded"),
};

function refusal(awsName: string, reason: string): ApiFailure {
  return { kind: "throttled", awsName, reason, isAmbiguous: false };
}

interface NetworkParts {
  readonly odds: NetworkOdds;
  readonly random: Random;
  /** The world's own: what is under way does not die with its sender. */
  readonly clock: Clock;
  readonly faults: FaultCounts;
}

/** The network of a world; healed, it only delays. */
export class Network {
  readonly #parts: NetworkParts;
  readonly #weather = new Map<ServiceName, Weather>();
  /** Requests that will arrive, though nobody waits for them any more. */
  #underWay = 0;
  #isHealed = false;

  constructor(parts: NetworkParts) {
    this.#parts = parts;
  }

  heal(): void {
    this.#isHealed = true;
    this.#weather.clear();
  }

  /** Whether nothing is under way that its sender has given up. */
  get isQuiet(): boolean {
    return this.#underWay === 0;
  }

  setWeather(service: ServiceName, weather: Weather): void {
    if (!this.#isHealed) this.#weather.set(service, weather);
  }

  /** The same port as seen from a process: its last argument is the call's signal. */
  between<Port extends object>(process: SimProcess, service: ServiceName, port: Port): Port {
    return new Proxy(port, {
      get: (target, name) => {
        const member = Reflect.get(target, name) as unknown;
        if (typeof member !== "function") return member;
        const method = member as (...args: unknown[]) => Promise<unknown>;
        if (RETRIED_INSIDE.has(name)) return method.bind(target);
        return (...args: unknown[]) => {
          const signal = args.at(-1) as AbortSignal;
          const call = (): Promise<unknown> => method.apply(target, args);
          const operation = `${service}.${String(name)}`;
          const keep = WRITES.has(name) ? (): Request => kept(method, target, args) : undefined;
          return this.#carry({ process, service, operation, signal, call, keep });
        };
      },
    });
  }

  async #carry(request: Carried): Promise<unknown> {
    const { call, keep, operation, process, service, signal } = request;
    const { odds } = this.#parts;
    await sleep(process, this.#latencyMs(), signal);
    const weather = this.#weather.get(service) ?? CALM;
    if (weather.kind === "away" || this.#happens("lost request", odds.lostRequest)) {
      return giveUp(request);
    }
    const refused = weather.kind === "throttling" ? weather.share : 0;
    const throttled = service === "leases" ? odds.throttledTable : 0;
    if (this.#happens(`${service} throttled`, Math.max(refused, throttled))) {
      throw apiCallFailed(operation, THROTTLED[service]);
    }
    if (keep !== undefined && this.#happens("late request", odds.lateRequest)) {
      this.#arriveLater(keep(), TIMEOUT_MS);
      return giveUp(request);
    }
    if (keep !== undefined && this.#happens("repeated request", odds.repeatedRequest)) {
      this.#arriveLater(keep(), 0);
    }
    const answer = await settled(call);
    if (this.#happens("lost answer", odds.lostAnswer)) return giveUp(request);
    await sleep(process, this.#latencyMs(), signal);
    if (answer.status === "rejected") throw answer.reason;
    return answer.value;
  }

  #arriveLater(request: Request, fromMs: number): void {
    const { clock, random } = this.#parts;
    this.#underWay += 1;
    clock.startTimer(fromMs + random.next() * MAX_LATE_MS, () => {
      void settled(request).then(() => {
        this.#underWay -= 1;
      });
    });
  }

  #latencyMs(): number {
    return this.#parts.random.next() * this.#parts.odds.maxLatencyMs;
  }

  #happens(fault: string, probability: number): boolean {
    if (this.#isHealed || this.#parts.random.next() >= probability) return false;
    this.#parts.faults.add(fault);
    return true;
  }
}

/** When a call is over, or given up. */
export function longestCallMs({ maxLatencyMs }: Pick<NetworkOdds, "maxLatencyMs">): number {
  return maxLatencyMs + Math.max(maxLatencyMs, TIMEOUT_MS);
}

/** A request as it lies on the wire. */
type Request = () => Promise<unknown>;

interface Carried {
  readonly process: SimProcess;
  readonly service: ServiceName;
  readonly operation: string;
  readonly signal: AbortSignal;
  readonly call: Request;
  /** A copy of it for later; absent where nothing would come of it. */
  readonly keep: (() => Request) | undefined;
}

/** Bytes belong to the caller again as soon as it has given up. */
function kept(
  method: (...args: unknown[]) => Promise<unknown>,
  target: object,
  args: readonly unknown[],
): Request {
  const copies = args.map((arg) => (arg instanceof AbortSignal ? NEVER : structuredClone(arg)));
  return () => method.apply(target, copies);
}

/** The client waits for an answer in vain. */
async function giveUp({ operation, process, signal }: Carried): Promise<never> {
  await sleep(process, TIMEOUT_MS, signal);
  throw apiCallFailed(operation, {
    kind: "transient",
    awsName: "TimeoutError",
    reason: `no answer within ${TIMEOUT_MS} ms`,
    isAmbiguous: true,
  });
}

/** Runs a call to its end, whatever comes of it. */
async function settled(call: Request): Promise<PromiseSettledResult<unknown>> {
  const [answer] = await Promise.allSettled([call()]);
  return answer as PromiseSettledResult<unknown>;
}
