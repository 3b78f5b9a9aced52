// How many renewals may be under way at a time: the fewer, the more of the latest were refused, because what was refused was
// sent in vain. One that hangs was not refused, and keeps no other waiting: its answer may be lost.

/** At most: as many as a client of the AWS SDK has connections. */
const CONCURRENCY = 50;
/** What the latest answer counts among those that tell how many renewals are refused. */
const REFUSAL_WEIGHT = 0.1;

export class RenewalRoom<Renewal> {
  readonly #hangsAfterMs: number;
  /** When each was sent that is under way, the first of them first. */
  readonly #sentAtMs = new Map<Renewal, number>();
  #refusedShare = 0;

  /** `hangsAfterMs`: what has no answer for so long takes no room but that of its connection. */
  constructor(hangsAfterMs: number) {
    this.#hangsAfterMs = hangsAfterMs;
  }

  /** Of the latest renewals, the part that was refused because there were too many. */
  get refusedShare(): number {
    return this.#refusedShare;
  }

  noteSent(renewal: Renewal, nowMs: number): void {
    this.#sentAtMs.set(renewal, nowMs);
  }

  noteOver(renewal: Renewal): void {
    this.#sentAtMs.delete(renewal);
  }

  noteRenewed(): void {
    this.#refusedShare *= 1 - REFUSAL_WEIGHT;
  }

  noteRefused(): void {
    this.#refusedShare += (1 - this.#refusedShare) * REFUSAL_WEIGHT;
  }

  /** Whether one more may be sent. */
  isThereAt(nowMs: number): boolean {
    const underWay = this.#sentAtMs.size;
    const most = Math.ceil(CONCURRENCY * (1 - this.#refusedShare));
    if (underWay < most) return true;
    return underWay < CONCURRENCY && underWay - this.#hangingAt(nowMs) < most;
  }

  /** When there may be more of it although none has ended: the next one hangs by then. */
  moreAtMs(nowMs: number): number {
    if (this.#sentAtMs.size >= CONCURRENCY) return Number.POSITIVE_INFINITY;
    for (const sentAtMs of this.#sentAtMs.values()) {
      const hangsAtMs = sentAtMs + this.#hangsAfterMs;
      if (hangsAtMs > nowMs) return hangsAtMs;
    }
    return Number.POSITIVE_INFINITY;
  }

  #hangingAt(nowMs: number): number {
    let hanging = 0;
    for (const sentAtMs of this.#sentAtMs.values()) {
      if (sentAtMs + this.#hangsAfterMs > nowMs) break;
      hanging += 1;
    }
    return hanging;
  }
}
