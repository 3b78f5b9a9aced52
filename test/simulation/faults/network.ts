// What lies between a simulated process and the services: latency, requests and answers that get lost, come late or
// twice, and services that are away. What a process has sent is the world's: it arrives although the sender stands still,
// is killed, or has given up. What comes back waits until the process runs.
import {
  apiCallFailed,
  type ApiFailure,
  type Clock,
  type Random,
  type ShardSubscription,
} from "@shardline/core";
import type { SimProcess } from "../fleet/sim-process.ts";
import type { NetworkOdds } from "../odds.ts";
import type { FaultCounts } from "./fault-counts.ts";
import type { FaultName } from "./fault-names.ts";
import { type Method, Parcel } from "./parcel.ts";
import { PushLine } from "./push-line.ts";
import type { PushOdds } from "./push-odds.ts";

/** A service as it is called through the network. */
export type ServiceName = "kinesis" | "leases";

/** A client gives up on a call after so long: as the AWS adapter does, and the lease table in DynamoDB for our failover time. */
const TIMEOUT_MS: Readonly<Record<ServiceName, number>> = { kinesis: 6000, leases: 5000 };
/** A process's clock may run behind the world's by a hundredth. */
const DRIFT = 1.01;
/** A request that was held up arrives so much later at most. */
const MAX_LATE_MS = 10_000;
/** What is slow takes so much longer at most, one way: it may be too late, or not. */
const MAX_SLOW_MS = 8000;

/** Adapters repeat these themselves, because no loop stands above them; a port in memory has nothing to repeat. */
const RETRIED_INSIDE: ReadonlySet<string> = new Set(["ensureTable"]);

/** Calls that change something when they come again. */
const WRITES: ReadonlySet<string> = new Set([
  "putRecords",
  "create",
  "update",
  "delete",
  "registerStreamConsumer",
  "subscribeToShard",
]);
/** The answer is a connection by which more comes. */
const SUBSCRIBE = "subscribeToShard";

/** How a service is while it is not well. */
export type Weather =
  /** It refuses such a share of the calls. */
  | { readonly kind: "throttling"; readonly share: number }
  /** It cannot be reached. */
  | { readonly kind: "away" };

const THROTTLED: Readonly<Record<ServiceName, ApiFailure>> = {
  kinesis: refusal("LimitExceededException", "rate exceeded"),
  leases: refusal("ProvisionedThroughputExceededException", "the table's throughput is exceeded"),
};

function refusal(awsName: string, reason: string): ApiFailure {
  return { kind: "throttled", awsName, reason, isAmbiguous: false };
}

interface NetworkParts {
  readonly odds: NetworkOdds;
  /** Of connections that stay. */
  readonly push: PushOdds;
  readonly random: Random;
  /** The world's own: what is under way does not die with its sender. */
  readonly clock: Clock;
  readonly faults: FaultCounts;
}

interface Storm {
  readonly service: ServiceName;
  readonly weather: Weather;
}

interface Call {
  readonly process: SimProcess;
  readonly service: ServiceName;
  readonly operation: string;
  readonly signal: AbortSignal;
  /** Whether it changes something when it comes again. */
  readonly isWrite: boolean;
  readonly parcel: Parcel;
}

/** What comes of a call; `undefined` where no answer will come. */
type Answer = PromiseSettledResult<unknown> | undefined;

/** How long a call is on its ways. */
interface Ways {
  readonly thereMs: number;
  readonly backMs: number;
}

/** The network of a world; healed, it only delays. */
export class Network {
  readonly #parts: NetworkParts;
  /** Those that are not over, as they began. */
  #storms: readonly Storm[] = [];
  readonly #underWay = new Set<Parcel>();
  #isHealed = false;

  constructor(parts: NetworkParts) {
    this.#parts = parts;
  }

  heal(): void {
    this.#isHealed = true;
    this.#storms = [];
  }

  /** Whether nothing is under way that its sender has given up. */
  get isQuiet(): boolean {
    for (const parcel of this.#underWay) if (!parcel.isAwaited) return false;
    return true;
  }

  /** Lasts until it is disposed of; of several at once the one counts that began last. */
  beginStorm(service: ServiceName, weather: Weather): Disposable {
    const storm = { service, weather };
    if (!this.#isHealed) this.#storms = [...this.#storms, storm];
    const end = (): void => {
      this.#storms = this.#storms.filter((other) => other !== storm);
    };
    return { [Symbol.dispose]: end };
  }

  /** The same port, whose members are all its own, as seen from a process: the last argument is the call's signal. */
  between<Port extends object>(process: SimProcess, service: ServiceName, port: Port): Port {
    const methods = Object.entries(port).map(([name, method]: [string, Method]) => {
      if (RETRIED_INSIDE.has(name)) return [name, method];
      const operation = `${service}.${name}`;
      const isWrite = WRITES.has(name);
      const carried: Method = (...args) => {
        const signal = args.at(-1) as AbortSignal;
        const call = { process, service, operation, signal, isWrite };
        if (name === SUBSCRIBE) return this.#subscribe(call, method, args);
        return this.#carry({ ...call, parcel: new Parcel(process, method, args) });
      };
      return [name, carried];
    });
    return Object.fromEntries(methods) as Port;
  }

  #subscribe(
    call: Omit<Call, "parcel">,
    method: Method,
    args: readonly unknown[],
  ): Promise<ShardSubscription> {
    const { process, signal } = call;
    const { clock, push: odds, random } = this.#parts;
    const latencyMs = (): number => this.#latencyMs();
    const strike = (fault: FaultName): boolean => this.#happens(fault, 1);
    const line = new PushLine({ process, clock, odds, random, latencyMs, strike });
    const accept: Method = (request) =>
      line.accept((ended) => method(request, ended) as Promise<ShardSubscription>);
    return line.open(this.#carry({ ...call, parcel: new Parcel(process, accept, args) }), signal);
  }

  async #carry(call: Call): Promise<unknown> {
    const { parcel, process, service, signal } = call;
    signal.throwIfAborted();
    const endsAtMs = process.nowMs() + TIMEOUT_MS[service];
    const { backMs, thereMs } = this.#drawWays(call);
    const isTooLate = thereMs + backMs >= TIMEOUT_MS[service];
    // One promise and one listener for the whole of it: calls are most of what a world does.
    return new Promise((resolve, reject) => {
      let timer: Disposable | undefined;
      const end = (settle: () => void): void => {
        signal.removeEventListener("abort", onAbort);
        parcel.letGo();
        settle();
      };
      const onAbort = (): void => {
        timer?.[Symbol.dispose]();
        end(() => reject(signal.reason));
      };
      const bringBack = (answer: Answer): void => {
        if (signal.aborted) return;
        const afterMs = answer === undefined ? endsAtMs - process.nowMs() : backMs;
        timer = process.startTimer(afterMs, () =>
          end(() => {
            if (answer === undefined) reject(timedOut(call));
            else if (answer.status === "rejected") reject(answer.reason);
            else resolve(answer.value);
          }),
        );
      };
      signal.addEventListener("abort", onAbort, { once: true });
      this.#send(call, thereMs, isTooLate ? () => undefined : bringBack);
      if (isTooLate) bringBack(undefined);
    });
  }

  /** Tells what comes of it when it has arrived. */
  #send(call: Call, thereMs: number, tell: (answer: Answer) => void): void {
    const { parcel } = call;
    this.#underWay.add(parcel);
    this.#parts.clock.startTimer(thereMs, () => {
      this.#underWay.delete(parcel);
      if (parcel.isOrphan) this.#count("request that outlives its sender");
      void this.#arrive(call).then(tell);
    });
  }

  async #arrive(call: Call): Promise<Answer> {
    const { isWrite, operation, parcel, service } = call;
    const { odds, random } = this.#parts;
    const weather = this.#storms.findLast((storm) => storm.service === service)?.weather;
    if (weather?.kind === "away" || this.#happens("lost request", odds.lostRequest)) return;
    const refused = weather?.kind === "throttling" ? weather.share : 0;
    const throttled = service === "leases" ? odds.throttledTable : 0;
    if (this.#happens(`${service} throttled`, Math.max(refused, throttled))) {
      return { status: "rejected", reason: apiCallFailed(operation, THROTTLED[service]) };
    }
    if (isWrite && this.#happens("repeated request", odds.repeatedRequest)) {
      const again = parcel.copy();
      this.#underWay.add(again);
      this.#parts.clock.startTimer(random.next() * MAX_LATE_MS, () => {
        void again.hand().then(() => this.#underWay.delete(again));
      });
    }
    const answer = await parcel.hand();
    return this.#happens("lost answer", odds.lostAnswer) ? undefined : answer;
  }

  #drawWays({ isWrite, service }: Call): Ways {
    const { odds, random } = this.#parts;
    const [thereMs, backMs] = [this.#latencyMs(), this.#latencyMs()];
    if (isWrite && this.#happens("late request", odds.lateRequest)) {
      return { thereMs: TIMEOUT_MS[service] + random.next() * MAX_LATE_MS, backMs };
    }
    if (!this.#happens("slow call", odds.slowCall)) return { thereMs, backMs };
    const slowMs = random.next() * MAX_SLOW_MS;
    return random.next() < 0.5
      ? { thereMs: thereMs + slowMs, backMs }
      : { thereMs, backMs: backMs + slowMs };
  }

  #latencyMs(): number {
    return this.#parts.random.next() * this.#parts.odds.maxLatencyMs;
  }

  #happens(fault: FaultName, probability: number): boolean {
    if (this.#isHealed || this.#parts.random.next() >= probability) return false;
    this.#count(fault);
    return true;
  }

  #count(fault: FaultName): void {
    this.#parts.faults.add(fault);
  }
}

/** A producer's call is over, or given up, within this time, by the producer's clock. */
export const LONGEST_CALL_MS = TIMEOUT_MS.kinesis * DRIFT;

/** The client has waited for an answer in vain. */
function timedOut({ operation, service }: Call): Error {
  return apiCallFailed(operation, {
    kind: "transient",
    awsName: "TimeoutError",
    reason: `no answer within ${TIMEOUT_MS[service]} ms`,
    isAmbiguous: true,
  });
}
