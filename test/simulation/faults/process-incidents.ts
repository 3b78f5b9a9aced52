// What befalls the processes of one kind in a world: they are killed, stand still, are told to end, and are replaced, by
// one of another name or, as people who fix the ids of their workers do, of the same.
import type { Clock, Random } from "@shardline/core";
import type { Fleet, Member } from "../fleet/fleet.ts";
import type { FaultName } from "./fault-names.ts";
import type { Befall } from "./incidents.ts";
import type { Strikes } from "./strikes.ts";

/** A process that is gone is replaced within this time. */
const MAX_REPLACEMENT_MS = 5000;
/** In a roll-out the next one is told to end after so long. */
const ROLLOUT_STEP_MS = 5000;
/** Of those that are told to end so many are struck while they are at it, within this time if they take so long. */
const STRUCK_WHILE_ENDING = 0.4;
const ENDING_MS = 1000;

/** A process that ends in good order when it is told to. */
interface Stoppable extends Member {
  /** When it has ended. */
  readonly done: Promise<unknown>;
  stop(): void;
}

interface ProcessIncidentsParts<One extends Stoppable> {
  /** What faults of this kind are called by, as in `"producer "`. */
  readonly prefix: "" | "producer ";
  readonly fleet: Fleet<One>;
  readonly strikes: Strikes;
  /** By which others take the place of those that are gone; what is the world's goes on when the faults are over. */
  readonly replacing: Clock;
  /** Dies when the faults are over. */
  readonly clock: Clock;
  readonly random: Random;
  readonly befall: Befall;
  /** How likely a successor bears the name of the one that is gone. */
  readonly keepsName: (member: One) => number;
}

export class ProcessIncidents<One extends Stoppable> {
  readonly #parts: ProcessIncidentsParts<One>;
  /** What there is to do when one that was told to end is gone. */
  readonly #heirs = new Map<One, (ordinal: number) => void>();

  constructor(parts: ProcessIncidentsParts<One>) {
    this.#parts = parts;
  }

  crash(): void {
    const one = this.#parts.strikes.oneOf(this.#parts.fleet);
    if (one !== undefined) this.#crash(one);
  }

  /** It has come to an end of its own, which is not its fault. */
  replaceEnded(process: string): void {
    const one = this.#parts.fleet.members.find((each) => each.process.name === process);
    if (one === undefined) return;
    this.#drop(one);
    this.#replace(undefined);
  }

  pause(): void {
    const one = this.#parts.strikes.oneOf(this.#parts.fleet);
    if (one !== undefined) this.#pause(one);
  }

  restart(): void {
    const { fleet, strikes } = this.#parts;
    const one = strikes.draw(fleet.members);
    if (one !== undefined) this.#restart(one);
  }

  /** All of them, one after the other. */
  rollOut(): void {
    this.#rollOut(this.#parts.fleet.members);
  }

  #crash(one: One): void {
    const { fleet, strikes } = this.#parts;
    const isLeaving = fleet.leaving.includes(one);
    const keepsName = !isLeaving && this.#keepsName(one);
    strikes.kill(one.process, this.#faultOf("crash", one));
    const ordinal = this.#drop(one);
    if (!isLeaving) this.#replace(keepsName ? ordinal : undefined);
  }

  #pause(one: One): void {
    this.#parts.strikes.pause(one.process, this.#faultOf("pause", one));
  }

  #faultOf(what: "crash" | "pause", one: One): FaultName {
    const { fleet, prefix } = this.#parts;
    return `${prefix}${what}${fleet.leaving.includes(one) ? " while ending" : ""}`;
  }

  /** Who keeps its name comes back when it has ended; others are replaced at once. */
  #restart(one: One): void {
    const { befall, fleet, prefix } = this.#parts;
    befall(one.process.name, `${prefix}restart`, "is told to end");
    if (this.#keepsName(one)) this.#heirs.set(one, (ordinal) => this.#replace(ordinal));
    else this.#replace(undefined);
    fleet.dismiss(one);
    const end = (): void => void this.#drop(one);
    void one.done.then(end, end);
    one.stop();
    this.#strikeWhileEnding(one);
  }

  #strikeWhileEnding(one: One): void {
    const { clock, fleet, random } = this.#parts;
    const chance = random.next() / STRUCK_WHILE_ENDING;
    if (chance >= 1) return;
    clock.startTimer(random.next() * ENDING_MS, () => {
      if (!fleet.leaving.includes(one)) return;
      if (chance < 0.5) this.#crash(one);
      else this.#pause(one);
    });
  }

  #rollOut([first, ...others]: readonly One[]): void {
    if (first === undefined) return;
    const { clock, fleet } = this.#parts;
    if (fleet.members.includes(first)) this.#restart(first);
    clock.startTimer(ROLLOUT_STEP_MS, () => this.#rollOut(others));
  }

  /** It is gone; answers its ordinal. */
  #drop(one: One): number {
    const ordinal = this.#parts.fleet.drop(one);
    this.#heirs.get(one)?.(ordinal);
    this.#heirs.delete(one);
    return ordinal;
  }

  #keepsName(one: One): boolean {
    return this.#parts.random.next() < this.#parts.keepsName(one);
  }

  /** By another, or by one of the same name. */
  #replace(ordinal: number | undefined): void {
    const { befall, fleet, prefix, random, replacing } = this.#parts;
    replacing.startTimer(random.next() * MAX_REPLACEMENT_MS, () => {
      const { process } = fleet.add(ordinal);
      if (ordinal !== undefined) befall(process.name, `${prefix}back under its name`, "is back");
    });
  }
}
