// The sealed carriers of a lane, first to last. Those that come back go to the head and those that are taken leave
// from there, however many wait behind: neither costs more in a long queue than in a short one.
import type { Carrier } from "../record/carrier.ts";

/** Taken places are given back when there are so many of them, and they are half of all. */
const COMPACT_FROM = 1024;

/** What comes into the place of a carrier, which ends: nothing, or others. Whatever it throws, the queue stays as it was. */
export type Replacement = (carrier: Carrier) => readonly Carrier[];

export class CarrierQueue {
  /** The first carriers, the very first last. */
  readonly #returned: Carrier[] = [];
  /** The others, from `#taken` on. */
  #others: (Carrier | undefined)[] = [];
  #taken = 0;
  /** How many are older than the one before them: while there is none, the old ones are found at the head. */
  #inversions = 0;

  get length(): number {
    return this.#returned.length + this.#others.length - this.#taken;
  }

  get first(): Carrier | undefined {
    return this.at(0);
  }

  /** The oldest records' time of `put`; Infinity if there are none. */
  get oldestAtMs(): number {
    if (this.#inversions === 0) return putAtMs(this.first);
    let oldest = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.length; i += 1) oldest = Math.min(oldest, putAtMs(this.at(i)));
    return oldest;
  }

  at(index: number): Carrier | undefined {
    const { length } = this.#returned;
    return index < length
      ? this.#returned[length - 1 - index]
      : this.#others[this.#taken + index - length];
  }

  append(carrier: Carrier): void {
    if (isInverted(this.at(this.length - 1), carrier)) this.#inversions += 1;
    this.#others.push(carrier);
  }

  /** Puts a carrier before all others. */
  prepend(carrier: Carrier): void {
    if (isInverted(carrier, this.first)) this.#inversions += 1;
    this.#returned.push(carrier);
  }

  /** Puts a carrier back behind those at the head that are older; never behind one on trial. */
  sortIn(carrier: Carrier): void {
    const older: Carrier[] = [];
    while (this.first?.trial === undefined && putAtMs(this.first) < putAtMs(carrier)) {
      older.push(...this.take(1));
    }
    this.prepend(carrier);
    for (const before of older.reverse()) this.prepend(before);
  }

  /** Takes out the first carriers, as many as there are up to `count`. */
  take(count: number): Carrier[] {
    const carriers: Carrier[] = [];
    for (let carrier = this.first; carrier && carriers.length < count; carrier = this.first) {
      if (this.#returned.pop() === undefined) this.#others[this.#taken++] = undefined;
      if (isInverted(carrier, this.first)) this.#inversions -= 1;
      carriers.push(carrier);
    }
    this.#compact();
    return carriers;
  }

  /** Puts others in the place of each whose oldest record was put at a time that is old. */
  replaceOld(isOld: (putAtMs: number) => boolean, others: Replacement): void {
    if (this.#inversions > 0) {
      this.replaceWhere((carrier) => isOld(putAtMs(carrier)), others);
      return;
    }
    const old: Carrier[] = [];
    for (let next = this.first; next && isOld(putAtMs(next)); next = this.at(old.length)) {
      old.push(next);
    }
    const instead = old.flatMap(others);
    for (const { members } of this.take(old.length)) members.end();
    for (const carrier of instead.reverse()) this.prepend(carrier);
  }

  /** Puts others in the place of each that is sought. */
  replaceWhere(isSought: (carrier: Carrier) => boolean, others: Replacement): void {
    const before = this.list();
    const sought = before.filter(isSought);
    if (sought.length === 0) return;
    const after = before.flatMap((carrier) => (isSought(carrier) ? others(carrier) : [carrier]));
    this.take(before.length);
    for (const { members } of sought) members.end();
    for (const carrier of after) this.append(carrier);
  }

  /** All of them, in order. */
  list(): Carrier[] {
    return Array.from({ length: this.length }, (_, i) => this.at(i) as Carrier);
  }

  #compact(): void {
    const isWorthIt = this.#taken >= COMPACT_FROM && this.#taken * 2 >= this.#others.length;
    if (this.#taken < this.#others.length && !isWorthIt) return;
    this.#others = this.#others.slice(this.#taken);
    this.#taken = 0;
  }
}

function isInverted(carrier: Carrier | undefined, next: Carrier | undefined): boolean {
  return carrier !== undefined && putAtMs(carrier) > putAtMs(next);
}

function putAtMs(carrier: Carrier | undefined): number {
  return carrier?.members.oldestAtMs ?? Number.POSITIVE_INFINITY;
}
