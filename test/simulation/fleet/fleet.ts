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
  readonly #ordinals = new Map<One, number>();
  #members: readonly One[] = [];
  #leaving: readonly One[] = [];
  #started = 0;

  constructor(size: number, start: Start<One>) {
    this.size = size;
    this.#start = start;
  }

  get members(): readonly One[] {
    return this.#members;
  }

  /** Told to end, and at it. */
  get leaving(): readonly One[] {
    return this.#leaving;
  }

  /** All that live. */
  get everyone(): readonly One[] {
    return [...this.#members, ...this.#leaving];
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

  /** Starts one; by its ordinal the one that had it before comes back. */
  add(ordinal = this.#started + 1): One {
    this.#started = Math.max(this.#started, ordinal);
    const member = this.#start(ordinal);
    this.#ordinals.set(member, ordinal);
    this.#members = [...this.#members, member];
    return member;
  }

  /** It counts no more, but is not gone yet. */
  dismiss(member: One): void {
    this.#members = without(this.#members, member);
    this.#leaving = [...this.#leaving, member];
  }

  /** It is gone, however it ended; answers its ordinal. */
  drop(member: One): number {
    this.#members = without(this.#members, member);
    this.#leaving = without(this.#leaving, member);
    return this.#ordinals.get(member) ?? this.#started + 1;
  }
}

function without<One>(members: readonly One[], member: One): readonly One[] {
  return members.filter((other) => other !== member);
}

/** Draws how a process's clocks run. */
export function drawDrift(
  { maxDrift, maxWallSkewMs }: { readonly maxDrift: number; readonly maxWallSkewMs: number },
  random: { next(): number },
): Drift {
  const around = (max: number): number => (2 * random.next() - 1) * max;
  return { rate: 1 + around(maxDrift), wallSkewMs: Math.round(around(maxWallSkewMs)) };
}
