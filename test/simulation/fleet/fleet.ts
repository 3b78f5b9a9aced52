// The processes of a world: workers and producers that are started, killed, stopped and replaced.
import type { Drift, SimProcess } from "./sim-process.ts";

/** What a fleet is made of. */
export interface Member {
  readonly process: SimProcess;
}

/** How one comes into being; `ordinal` counts from 1. */
type Start<One extends Member> = (ordinal: number) => One;

/** Processes of one kind. */
export class Fleet<One extends Member> {
  readonly #start: Start<One>;
  /** As many as there are to be. */
  readonly size: number;
  #members: readonly One[] = [];
  #started = 0;

  constructor(size: number, start: Start<One>) {
    this.size = size;
    this.#start = start;
  }

  get members(): readonly One[] {
    return this.#members;
  }

  /** Whether as many are there as there are to be, and all of them run. */
  get isComplete(): boolean {
    return (
      this.#members.length === this.size && !this.#members.some(({ process }) => process.isFrozen)
    );
  }

  fill(): void {
    while (this.#members.length < this.size) this.add();
  }

  add(): One {
    this.#started += 1;
    const member = this.#start(this.#started);
    this.#members = [...this.#members, member];
    return member;
  }

  /** Takes one out, however it ends. */
  drop(member: One): void {
    this.#members = this.#members.filter((other) => other !== member);
  }
}

/** Draws how a process's clocks run. */
export function drawDrift(
  { maxDrift, maxWallSkewMs }: { readonly maxDrift: number; readonly maxWallSkewMs: number },
  random: { next(): number },
): Drift {
  const around = (max: number): number => (2 * random.next() - 1) * max;
  return { rate: 1 + around(maxDrift), wallSkewMs: Math.round(around(maxWallSkewMs)) };
}
