// Lets what was planned happen to the processes and their calls, and keeps the log of it.
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "@shardline/core";
import type { EmulatorClient } from "./emulator-client.ts";
import type { FaultIncident } from "./fault-plan.ts";
import type { Blow, Span } from "./handovers.ts";
import type { Incident } from "./incident-plan.ts";
import { machineMs } from "./machine-time.ts";
import type { ProducerFleet, ProducerPart } from "./producer-fleet.ts";
import type { Cut } from "./relay.ts";
import type { Worker, WorkerFleet } from "./worker-fleet.ts";

/** What befell the processes and their calls, as it happened. */
export interface StrikeLog {
  /** Of workers. */
  readonly kills: readonly Blow[];
  readonly freezes: readonly Blow[];
  readonly producerKills: number;
  readonly producerFreezes: number;
  readonly deployments: number;
  /** Workers that ended in good order in deployments. */
  readonly replaced: number;
  /** How many shards there were from then on. */
  readonly reshards: readonly number[];
  /** Times in which some calls went wrong. */
  readonly faulty: readonly Span[];
  /** How often each fault has struck, by name, as those have counted who did it. */
  readonly hits: ReadonlyMap<string, number>;
}

export interface StrikesOptions {
  readonly emulator: EmulatorClient;
  readonly workers: WorkerFleet;
  readonly producers: ProducerFleet;
  readonly newName: () => string;
  readonly random: Random;
  /** Ends everything that is under way. */
  readonly signal: AbortSignal;
  readonly tell: (what: string) => void;
}

const POLL_MS = 100;
/** A fault of calls that are seldom made, as subscriptions are, waits so long for the first. */
const PATIENCE_MS = 120_000;
/** An outage whose victim was killed before it said anything finds another one. */
const MOST_VICTIMS = 5;

type IncidentOf<Kind> = Extract<Incident, { readonly kind: Kind }>;

export class Strikes {
  readonly #options: StrikesOptions;
  readonly #kills: Blow[] = [];
  readonly #freezes: Blow[] = [];
  readonly #reshards: number[] = [];
  readonly #faulty: Span[] = [];
  readonly #hits = new Map<string, number>();
  #producerKills = 0;
  #producerFreezes = 0;
  #deployments = 0;
  #replaced = 0;
  #faultsUnderWay = 0;

  constructor(options: StrikesOptions) {
    this.#options = options;
  }

  get log(): StrikeLog {
    return {
      kills: this.#kills,
      freezes: this.#freezes,
      producerKills: this.#producerKills,
      producerFreezes: this.#producerFreezes,
      deployments: this.#deployments,
      replaced: this.#replaced,
      reshards: this.#reshards,
      faulty: this.#faulty,
      hits: this.#hits,
    };
  }

  /** Whether some calls go wrong now, or did so a moment ago. */
  isFaulty(withinMs: number): boolean {
    const sinceMs = machineMs() - withinMs;
    return this.#faultsUnderWay > 0 || this.#faulty.some(({ untilMs }) => untilMs > sinceMs);
  }

  /** Resolves when it is over. */
  async happen(incident: Incident): Promise<void> {
    switch (incident.kind) {
      case "kill":
        return incident.whom === "worker" ? this.#kill(incident) : this.#killProducer(incident);
      case "freeze":
        return incident.whom === "worker" ? this.#freeze(incident) : this.#freezeProducer(incident);
      case "reshard":
        return this.#reshard(incident);
      case "deployment":
        return this.#deploy();
      case "fault":
      case "outage":
        return this.#goWrong(incident);
    }
  }

  async #kill({ isSameName, restartMs }: IncidentOf<"kill">): Promise<void> {
    const { newName, tell, workers } = this.#options;
    const victim = await this.#worker();
    const { size } = victim.shardIds;
    this.#kills.push({ atMs: machineMs(), process: victim });
    await victim.process.kill();
    const name = isSameName ? victim.name : newName();
    tell(`SIGKILL to ${victim.name} with ${size} leases; ${name} in ${seconds(restartMs)}`);
    await this.#sleep(restartMs);
    await workers.start(name);
  }

  async #freeze({ forMs }: IncidentOf<"freeze">): Promise<void> {
    const { signal, tell } = this.#options;
    const victim = await this.#worker();
    const { size } = victim.shardIds;
    tell(`SIGSTOP to ${victim.name} with ${size} leases for ${seconds(forMs)}`);
    const atMs = await victim.process.freeze(forMs, signal);
    if (atMs === undefined) return;
    this.#freezes.push({ atMs, process: victim });
    tell(`SIGCONT to ${victim.name}`);
  }

  async #killProducer({ restartMs }: IncidentOf<"kill">): Promise<void> {
    const { producers, tell } = this.#options;
    const victim = await this.#producer();
    await victim.process.kill();
    this.#producerKills += 1;
    await this.#sleep(restartMs);
    tell(`SIGKILL to ${victim.name}; ${await producers.replace(victim)} goes on`);
  }

  async #freezeProducer({ forMs }: IncidentOf<"freeze">): Promise<void> {
    const { signal, tell } = this.#options;
    const victim = await this.#producer();
    tell(`SIGSTOP to ${victim.name} for ${seconds(forMs)}`);
    const atMs = await victim.process.freeze(forMs, signal);
    if (atMs !== undefined) this.#producerFreezes += 1;
  }

  async #reshard({ shards }: IncidentOf<"reshard">): Promise<void> {
    const { emulator, signal, tell } = this.#options;
    tell(`${shards} shards from now on`);
    await emulator.reshard(shards, signal);
    this.#reshards.push(shards);
  }

  /** One after the other ends in good order, and a new one comes. */
  async #deploy(): Promise<void> {
    const { newName, signal, tell, workers } = this.#options;
    const old = workers.all;
    tell(`a deployment replaces ${old.length} workers`);
    for (const worker of old) {
      signal.throwIfAborted();
      // Who is killed or stands still just then is left out.
      if (!worker.process.isWorking) continue;
      if (await workers.drain(worker)) this.#replaced += 1;
      await workers.start(newName());
    }
    this.#deployments += 1;
    tell("the deployment is over");
  }

  async #goWrong(incident: FaultIncident): Promise<void> {
    const { name } = incident;
    const fromMs = machineMs();
    this.#faultsUnderWay += 1;
    try {
      const hits = await (incident.kind === "fault" ? this.#fault(incident) : this.#cut(incident));
      this.#hits.set(name, (this.#hits.get(name) ?? 0) + hits);
      this.#options.tell(`${name}: ${hits} in ${seconds(machineMs() - fromMs)}`);
    } finally {
      this.#faultsUnderWay -= 1;
      this.#faulty.push({ fromMs, untilMs: machineMs() });
    }
  }

  /** Answers how often it struck. */
  async #fault({ forMs, rule }: IncidentOf<"fault">): Promise<number> {
    const { emulator } = this.#options;
    const untilMs = machineMs() + PATIENCE_MS;
    for (;;) {
      const id = await emulator.addFault(rule);
      await this.#sleep(forMs);
      const hits = await emulator.removeFault(id);
      // Added anew each time: what is too old depends on when.
      if (hits > 0 || machineMs() > untilMs) return hits;
    }
  }

  /** Answers how many connections it reset, or messages it held back. */
  async #cut(incident: IncidentOf<"outage">): Promise<number> {
    for (let victims = 1; ; victims += 1) {
      const cuts = this.#cutOff(incident);
      await this.#sleep(incident.forMs);
      for (const cut of cuts) cut.end(incident.end);
      const hits = cuts.reduce((sum, cut) => sum + cut.hits, 0);
      if (hits > 0 || victims === MOST_VICTIMS) return hits;
    }
  }

  #cutOff({ outage, reach, service }: IncidentOf<"outage">): Cut[] {
    const { producers, workers } = this.#options;
    const parts =
      service === "dynamodb" ? workers.working : [...workers.working, ...producers.working];
    const relays = parts.map(({ wire }) => wire.relay(service)).filter(({ isCut }) => !isCut);
    const victims = reach === "all" ? relays : relays.splice(this.#draw(relays.length), 1);
    return victims.map((relay) => relay.cut(outage));
  }

  /** A worker to strike: one with leases where there is one. */
  async #worker(): Promise<Worker> {
    return this.#oneOf(() => {
      const { working } = this.#options.workers;
      const holders = working.filter(({ shardIds }) => shardIds.size > 0);
      return holders.length > 0 ? holders : working;
    });
  }

  async #producer(): Promise<ProducerPart> {
    return this.#oneOf(() => this.#options.producers.working);
  }

  async #oneOf<T>(candidates: () => readonly T[]): Promise<T> {
    for (;;) {
      const now = candidates();
      const victim = now[this.#draw(now.length)];
      if (victim !== undefined) return victim;
      await this.#sleep(POLL_MS);
    }
  }

  #draw(count: number): number {
    return Math.floor(this.#options.random.next() * count);
  }

  #sleep(ms: number): Promise<void> {
    return sleep(ms, undefined, { signal: this.#options.signal });
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
