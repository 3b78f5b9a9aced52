// The timers of a virtual clock in the order of their times, and of their start where these are the same: a binary heap
// in which each timer knows its place, so that one that is disposed of is gone at once.

/** A timer that waits, or has waited. */
export class Timer implements Disposable {
  readonly atMs: number;
  readonly order: number;
  readonly onFire: () => void;
  readonly #queue: TimerQueue;
  /** In the heap; -1 when it is not there any more. */
  place = -1;

  constructor(atMs: number, order: number, onFire: () => void, queue: TimerQueue) {
    this.atMs = atMs;
    this.order = order;
    this.onFire = onFire;
    this.#queue = queue;
  }

  isBefore(other: Timer): boolean {
    return this.atMs === other.atMs ? this.order < other.order : this.atMs < other.atMs;
  }

  [Symbol.dispose](): void {
    if (this.place >= 0) this.#queue.remove(this);
  }
}

export class TimerQueue {
  readonly #heap: Timer[] = [];
  #order = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** When the first is due; Infinity if there is none. */
  get nextAtMs(): number {
    return this.#heap[0]?.atMs ?? Number.POSITIVE_INFINITY;
  }

  add(atMs: number, onFire: () => void): Timer {
    const timer = new Timer(atMs, this.#order, onFire, this);
    this.#order += 1;
    this.#rise(timer, this.#heap.length);
    return timer;
  }

  /** Takes the first out. */
  take(): Timer | undefined {
    const first = this.#heap[0];
    if (first !== undefined) this.remove(first);
    return first;
  }

  /** Takes one out that is in it. */
  remove(timer: Timer): void {
    const { place } = timer;
    const last = this.#heap.pop() as Timer;
    timer.place = -1;
    if (last === timer) return;
    // It comes from another branch, and may belong further up as well as further down.
    if (last.isBefore(timer)) this.#rise(last, place);
    else this.#sink(last, place);
  }

  #rise(timer: Timer, from: number): void {
    let place = from;
    while (place > 0) {
      const parent = this.#heap[(place - 1) >> 1] as Timer;
      if (parent.isBefore(timer)) break;
      const next = parent.place;
      this.#put(parent, place);
      place = next;
    }
    this.#put(timer, place);
  }

  #sink(timer: Timer, from: number): void {
    let place = from;
    for (;;) {
      const child = this.#firstChild(place);
      if (child === undefined || timer.isBefore(child)) break;
      const next = child.place;
      this.#put(child, place);
      place = next;
    }
    this.#put(timer, place);
  }

  #firstChild(place: number): Timer | undefined {
    const left = this.#heap[2 * place + 1];
    const right = this.#heap[2 * place + 2];
    return left !== undefined && right?.isBefore(left) ? right : left;
  }

  #put(timer: Timer, place: number): void {
    this.#heap[place] = timer;
    timer.place = place;
  }
}
