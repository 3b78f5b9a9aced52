// The lanes in which something waits, and some that were emptied since: of thousands, most are empty most of the time.
// Most of those that are not have nothing to send at this moment either, which the agenda knows; all of them are gone
// through only when a record's time is over, or a signal was aborted.
import { isExpired } from "../record/time-to-live.ts";
import { Agenda } from "./agenda.ts";
import type { LaneOffer } from "./batch-plan.ts";
import type { Lane } from "./lane.ts";

export class OccupiedLanes {
  readonly #lanes = new Set<Lane>();
  readonly #agenda: Agenda;
  /** No record that waits was put before; the one that was put then may be long gone. */
  #oldestFromMs = Number.POSITIVE_INFINITY;
  #flushedEpoch = 0;

  /** `onEmpty` hears of lanes that turned out to be empty. */
  constructor(onEmpty: (lane: Lane) => void) {
    this.#agenda = new Agenda((lane) => {
      this.#lanes.delete(lane);
      onEmpty(lane);
    });
  }

  /** Those in which something waits. */
  list(): readonly Lane[] {
    return [...this.#lanes].filter((lane) => !lane.isEmpty);
  }

  /** A record comes into an empty lane; it may have been put long ago, and have waited to be let in. */
  enter(lane: Lane, putAtMs: number): void {
    this.#note(putAtMs);
    this.#lanes.add(lane);
    this.#agenda.wake(lane);
  }

  /** Carriers came to a lane that were elsewhere before, and may be older than all that waits. */
  return(lane: Lane): void {
    this.#note(lane.oldestAtMs);
    this.#lanes.add(lane);
    this.#agenda.wake(lane);
  }

  /** Something changed in a lane: it may have more to send, or sooner, than when it was looked at. */
  wake(lane: Lane): void {
    if (!lane.isEmpty) this.#agenda.wake(lane);
  }

  wakeAll(): void {
    for (const lane of this.#lanes) this.#agenda.wake(lane);
  }

  /** A lane is gone. */
  delete(lane: Lane): void {
    this.#lanes.delete(lane);
    this.#agenda.forget(lane);
  }

  /** A lane had its turn; those that are offered with it have theirs before it has another. */
  serve(lane: Lane): void {
    this.#agenda.serve(lane);
  }

  /** What they could send now, or up to `soonMs`: all that, or enough for a call. */
  offers(nowMs: number, soonMs: number, flushedEpoch: number): LaneOffer<Lane>[] {
    if (flushedEpoch !== this.#flushedEpoch) this.wakeAll();
    this.#flushedEpoch = flushedEpoch;
    return this.#agenda.offers({ nowMs, soonMs, flushedEpoch });
  }

  /** When those that are not among the offers have something to send; Infinity if only an answer can tell. */
  get nextLookMs(): number {
    return this.#agenda.nextMs;
  }

  /** Calls `change` with some of them, after which they may have something else to send. */
  change(lanes: Iterable<Lane>, change: (lane: Lane) => void): void {
    for (const lane of lanes) {
      if (lane.isEmpty) continue;
      change(lane);
      this.#agenda.wake(lane);
    }
  }

  /** The same with all of them, if there may be a record in one whose time is over. */
  changeExpired(ttlMs: number, nowMs: number, change: (lane: Lane) => void): void {
    if (!isExpired(this.oldestFromMs, ttlMs, nowMs)) return;
    this.change(this.list(), change);
    this.#oldestFromMs = this.oldestAtMs();
  }

  /** No record that waits was put before; Infinity if none waits. Costs the same however many lanes there are. */
  get oldestFromMs(): number {
    return this.#lanes.size === 0 ? Number.POSITIVE_INFINITY : this.#oldestFromMs;
  }

  /** When the oldest record that waits was put; Infinity if none waits. Looks at each lane. */
  oldestAtMs(): number {
    let oldestAtMs = Number.POSITIVE_INFINITY;
    for (const lane of this.#lanes) oldestAtMs = Math.min(oldestAtMs, lane.oldestAtMs);
    return oldestAtMs;
  }

  #note(putAtMs: number): void {
    this.#oldestFromMs = Math.min(this.oldestFromMs, putAtMs);
  }
}
