// How many calls may be under way at the same time, over all streams of a producer. As many as the option says while
// they go well; half after one that was throttled or timed out, and one more for every ten that went well since.
//
// Each stream takes a seat. Whoever finds no slot free waits in line, is woken when it is its turn, and keeps the
// turn until it takes the slot or steps back: a stream with much to send takes turns with the others.
//
//   if (seat.claim()) { seat.take(); … seat.free("good") } else … woken later
//   nothing to send: seat.stepBack()

/** How a call went: `congested` if it was throttled or timed out. */
export type CallEnd = "good" | "congested" | "other";

/** One stream's access to the slots. */
export interface CallSeat {
  /** Whether a slot is free and this seat's turn; if not, it waits in line. */
  readonly claim: () => boolean;
  /** Takes a slot that was claimed. */
  readonly take: () => void;
  /** Leaves the line, if it waits. */
  readonly stepBack: () => void;
  /** Gives a slot back; `startedAtMs` and `nowMs` are the call's. */
  readonly free: (end: CallEnd, startedAtMs: number, nowMs: number) => void;
}

/** Calls that go well for one slot more. */
const GOOD_CALLS_PER_SLOT = 10;

export class CallSlots {
  readonly #max: number;
  readonly #line: Seat[] = [];
  #limit: number;
  #taken = 0;
  #goodCalls = 0;
  #halvedAtMs = Number.NEGATIVE_INFINITY;

  constructor(max: number) {
    this.#max = max;
    this.#limit = max;
  }

  /** Calls that may be under way now. */
  get limit(): number {
    return this.#limit;
  }

  /** Calls under way. */
  get taken(): number {
    return this.#taken;
  }

  /**
   * A seat for one stream. `onTurn` is called when a slot is free that the seat waited for; it should look for
   * something to send soon, and then claim or step back. The seat that frees a slot looks by itself and is not called.
   */
  join(onTurn: () => void): CallSeat {
    const seat: Seat = { onTurn };
    return {
      claim: () => this.#claim(seat),
      take: () => this.#take(seat),
      stepBack: () => this.#stepBack(seat),
      free: (end, startedAtMs, nowMs) => this.#free(seat, end, startedAtMs, nowMs),
    };
  }

  #claim(seat: Seat): boolean {
    const place = this.#line.indexOf(seat);
    const before = place < 0 ? this.#line.length : place;
    if (before < this.#limit - this.#taken) return true;
    if (place < 0) this.#line.push(seat);
    return false;
  }

  #take(seat: Seat): void {
    this.#leaveLine(seat);
    this.#taken += 1;
  }

  /** Its turn, if it was, is the next one's. */
  #stepBack(seat: Seat): void {
    if (this.#leaveLine(seat)) this.#wake(undefined);
  }

  #free(seat: Seat, end: CallEnd, startedAtMs: number, nowMs: number): void {
    this.#taken -= 1;
    this.#adapt(end, startedAtMs, nowMs);
    this.#wake(seat);
  }

  #adapt(end: CallEnd, startedAtMs: number, nowMs: number): void {
    // Calls that were under way when the limit was halved met the same crowd: once is enough for all of them.
    if (end === "congested" && startedAtMs > this.#halvedAtMs) {
      this.#limit = Math.max(1, Math.floor(this.#limit / 2));
      this.#halvedAtMs = nowMs;
      this.#goodCalls = 0;
    }
    if (end !== "good" || this.#limit === this.#max) return;
    this.#goodCalls += 1;
    if (this.#goodCalls < GOOD_CALLS_PER_SLOT) return;
    this.#goodCalls = 0;
    this.#limit += 1;
  }

  #leaveLine(seat: Seat): boolean {
    const place = this.#line.indexOf(seat);
    if (place >= 0) this.#line.splice(place, 1);
    return place >= 0;
  }

  /** Wakes those whose turn it is, but for one who looks anyway. */
  #wake(awake: Seat | undefined): void {
    const free = Math.max(0, this.#limit - this.#taken);
    for (const seat of this.#line.slice(0, free)) if (seat !== awake) seat.onTurn();
  }
}

interface Seat {
  readonly onTurn: () => void;
}
