// What befalls single processes of any kind: they are killed, or stand still.
import type { Random } from "@shardline/core";
import type { Fleet, Member } from "../fleet/fleet.ts";
import type { SimProcess } from "../fleet/sim-process.ts";
import type { FaultName } from "./fault-names.ts";
import type { Befall } from "./incidents.ts";

/** A process stands still for so long at most, which is longer than a lease lasts. */
const MAX_PAUSE_MS = 30_000;

interface StrikesParts {
  readonly random: Random;
  readonly befall: Befall;
  /** Hears of each that is killed, and of each that stands still and for how long. */
  readonly note: (process: string, what: "killed" | "paused", forMs: number) => void;
}

export class Strikes {
  readonly #parts: StrikesParts;
  readonly #killed = new Set<SimProcess>();

  constructor(parts: StrikesParts) {
    this.#parts = parts;
  }

  /** Whether the only process of that name, or the last one, was killed. */
  wasKilled(process: string): boolean {
    return [...this.#killed].some(({ name }) => name === process);
  }

  kill(process: SimProcess, fault: FaultName): void {
    this.#parts.befall(process.name, fault, "is killed");
    this.#parts.note(process.name, "killed", 0);
    process.kill();
    this.#killed.add(process);
  }

  pause(process: SimProcess, fault: FaultName): void {
    const forMs = this.#parts.random.next() * MAX_PAUSE_MS;
    this.#parts.befall(process.name, fault, `stands still for ${Math.round(forMs)} ms`);
    this.#parts.note(process.name, "paused", forMs);
    process.freeze(forMs);
  }

  /** One of those that live, whether it is at work or about to end. */
  oneOf<One extends Member>({ everyone }: Fleet<One>): One | undefined {
    return this.draw(everyone);
  }

  draw<One>(some: readonly One[]): One | undefined {
    return some[Math.floor(this.#parts.random.next() * some.length)];
  }
}
