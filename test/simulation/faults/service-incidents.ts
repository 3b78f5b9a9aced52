// What befalls the services of a world: reshards, iterators that expire all at once, and storms.
import type { Clock, Random } from "@shardline/core";
import type { Emulator } from "@shardline/emulator";
import { WORLD } from "../evidence/story.ts";
import type { Befall } from "./incidents.ts";
import type { Network, ServiceName, Weather } from "./network.ts";
import { reshard } from "./reshard.ts";

/** A service is away, or refuses, for so long at most. */
const MAX_STORM_MS = 20_000;
/** Iterators of before stay expired. */
const FOR_GOOD_MS = 300_000;

interface ServiceIncidentsParts {
  readonly emulator: Emulator;
  /** Which of them is meant. */
  readonly stream: () => string;
  /** Of each stream, at most. */
  readonly maxOpenShards: number;
  readonly network: Network;
  /** Dies when the faults are over. */
  readonly clock: Clock;
  readonly random: Random;
  readonly befall: Befall;
  /** What is no fault by itself. */
  readonly tell: (process: string, what: string) => void;
}

export class ServiceIncidents {
  readonly #parts: ServiceIncidentsParts;

  constructor(parts: ServiceIncidentsParts) {
    this.#parts = parts;
  }

  reshard(): void {
    const { befall, emulator, maxOpenShards, random, stream } = this.#parts;
    void reshard(emulator.kinesis(), stream(), random, maxOpenShards).then((what) => {
      if (what !== undefined) befall(WORLD, "reshard", what);
    });
  }

  expireIterators(): void {
    const { emulator, tell } = this.#parts;
    // Each iterator that is met counts as a fault of its own.
    tell(WORLD, "every iterator has expired");
    emulator.faults.add({ effect: { kind: "expireIterators" }, forMs: FOR_GOOD_MS });
  }

  storm(): void {
    const { befall, clock, network, random } = this.#parts;
    const service: ServiceName = random.next() < 0.5 ? "kinesis" : "leases";
    const share = random.next();
    const weather: Weather = share < 0.5 ? { kind: "away" } : { kind: "throttling", share };
    const forMs = random.next() * MAX_STORM_MS;
    const how = `${service} ${weather.kind} for ${Math.round(forMs)} ms`;
    befall(WORLD, `storm (${weather.kind})`, how, { service, weather: weather.kind, forMs });
    const theStorm = network.beginStorm(service, weather);
    clock.startTimer(forMs, () => theStorm[Symbol.dispose]());
  }
}
