// What befalls the processes of a world: they are killed, stopped, replaced, or stand still.
import type { Clock, Random } from "@shardline/core";
import type { Fleet, Member } from "../fleet/fleet.ts";
import type { SimProcess } from "../fleet/sim-process.ts";
import type { Befall } from "./incidents.ts";

/** A process that was killed is replaced within this time. */
const MAX_REPLACEMENT_MS = 5000;
/** A process stands still for so long at most, which is longer than a lease lasts. */
const MAX_PAUSE_MS = 30_000;
/** In a roll-out the next worker is restarted after so long. */
const ROLLOUT_STEP_MS = 5000;

interface Stoppable extends Member {
  stop(): void;
}

interface ProcessIncidentsParts<Worker extends Stoppable> {
  readonly workers: Fleet<Worker>;
  readonly producers: Fleet<Member>;
  /** The world's own: a worker is replaced even when the faults are over. */
  readonly world: Clock;
  /** Dies when the faults are over. */
  readonly clock: Clock;
  readonly random: Random;
  readonly befall: Befall;
  /** Hears of each that is killed, and of each that stands still and for how long. */
  readonly note: (process: string, what: "killed" | "paused", forMs: number) => void;
}

export class ProcessIncidents<Worker extends Stoppable> {
  readonly #parts: ProcessIncidentsParts<Worker>;
  readonly #killed = new Set<string>();
  readonly #leaving: Worker[] = [];

  constructor(parts: ProcessIncidentsParts<Worker>) {
    this.#parts = parts;
  }

  /** Told to stop while others took their place; they may still be at it when the world ends. */
  get leaving(): readonly Worker[] {
    return this.#leaving;
  }

  wasKilled(process: string): boolean {
    return this.#killed.has(process);
  }

  crash(): void {
    const { workers, world } = this.#parts;
    const worker = this.#oneOf(workers);
    if (worker === undefined) return;
    this.#kill(worker.process, "crash");
    this.#replace(workers, worker, world);
  }

  /** A producer that crashes is replaced by one with other keys: what it had not been told is not known to anybody. */
  crashProducer(): void {
    const { clock, producers } = this.#parts;
    const producer = this.#oneOf(producers);
    if (producer === undefined) return;
    this.#kill(producer.process, "producer crash");
    // After the faults nobody begins to put: the world would come to rest without it.
    this.#replace(producers, producer, clock);
  }

  restart(): void {
    const worker = this.#oneOf(this.#parts.workers);
    if (worker !== undefined) this.#restart(worker);
  }

  /** Every worker, one after the other. */
  rollOut(): void {
    this.#rollOut(this.#parts.workers.members);
  }

  pause(): void {
    const { befall, note, random, workers } = this.#parts;
    const process = this.#oneOf(workers)?.process;
    if (process === undefined) return;
    const forMs = random.next() * MAX_PAUSE_MS;
    befall(process.name, "pause", `stands still for ${Math.round(forMs)} ms`);
    note(process.name, "paused", forMs);
    process.freeze(forMs);
  }

  #oneOf<One extends Member>({ members }: Fleet<One>): One | undefined {
    return members[Math.floor(this.#parts.random.next() * members.length)];
  }

  #kill(process: SimProcess, fault: string): void {
    this.#parts.befall(process.name, fault, "is killed");
    this.#parts.note(process.name, "killed", 0);
    process.kill();
    this.#killed.add(process.name);
  }

  #restart(worker: Worker): void {
    const { befall, workers, world } = this.#parts;
    befall(worker.process.name, "restart", "is stopped");
    worker.stop();
    this.#leaving.push(worker);
    this.#replace(workers, worker, world);
  }

  #rollOut([first, ...others]: readonly Worker[]): void {
    if (first === undefined) return;
    const { clock, workers } = this.#parts;
    if (workers.members.includes(first)) this.#restart(first);
    clock.startTimer(ROLLOUT_STEP_MS, () => this.#rollOut(others));
  }

  #replace<One extends Member>(fleet: Fleet<One>, member: One, timers: Clock): void {
    fleet.drop(member);
    const delayMs = this.#parts.random.next() * MAX_REPLACEMENT_MS;
    timers.startTimer(delayMs, () => fleet.add());
  }
}
