// Which lanes are worth a look, so that a pump costs what it sends and not what waits. A lane that cannot send anything
// before some time is put off until then; one that waits for an answer, until that comes; and lanes whose limiter lets
// nothing pass, together.
//
//   awake --- nothing to send soon ---> put off --- its time has come, or something changed ---> awake
//   awake --- waits for an answer, or is empty ---> forgotten --- something changed ---> awake
import { Schedule } from "@shardline/core";
import type { LaneOffer } from "./batch-plan.ts";
import type { Lane } from "./lane.ts";
import type { LaneShare } from "./lane-share.ts";

/** What a pump looks for. */
export interface Outlook {
  readonly nowMs: number;
  /** Lanes that fall due up to then may go along with others. */
  readonly soonMs: number;
  /** Epochs before this one are flushed. */
  readonly flushedEpoch: number;
}

/** Lanes with something to send that are looked at for one call: twice as many as one can hold carriers. */
const MOST_LOOKS = 1000;

export class Agenda {
  /** Shares with a lane that is awake, but for those that are closed. */
  readonly #open = new Set<LaneShare<Lane>>();
  readonly #closed = new Schedule<LaneShare<Lane>>();
  readonly #putOff = new Schedule<Lane>();
  readonly #onEmpty: (lane: Lane) => void;

  /** `onEmpty` hears of lanes that were awake and in which nothing waits. */
  constructor(onEmpty: (lane: Lane) => void) {
    this.#onEmpty = onEmpty;
  }

  /** When the first of those that are put off is worth a look; Infinity if none is. */
  get nextMs(): number {
    return Math.min(this.#putOff.nextMs, this.#closed.nextMs);
  }

  /** Something changed in a lane: it is worth a look. */
  wake(lane: Lane): void {
    this.#putOff.delete(lane);
    lane.share.awake.add(lane);
    if (!this.#closed.has(lane.share)) this.#open.add(lane.share);
  }

  /** A lane is gone, or empty. */
  forget(lane: Lane): void {
    this.#putOff.delete(lane);
    lane.share.awake.delete(lane);
    if (lane.share.awake.size > 0) return;
    this.#open.delete(lane.share);
    this.#closed.delete(lane.share);
  }

  /** Of some lanes that are served in turns it was this one's. */
  serve(lane: Lane): void {
    const { share } = lane;
    if (share.awake.delete(lane)) share.awake.add(lane);
    if (this.#open.delete(share)) this.#open.add(share);
  }

  /** What lanes could send now or soon: all of them, or enough for a call. */
  offers(outlook: Outlook): LaneOffer<Lane>[] {
    this.#wakeUntil(outlook);
    const offers: LaneOffer<Lane>[] = [];
    let looks = 0;
    for (const share of this.#open) {
      if (looks >= MOST_LOOKS) break;
      const own = this.#offersOf(share, outlook, MOST_LOOKS - looks);
      if (!this.#isOpen(share, own, outlook.nowMs)) continue;
      for (const offer of own) {
        offers.push(offer);
        if (isReady(offer, outlook.nowMs)) looks += 1;
      }
    }
    return offers;
  }

  #wakeUntil({ nowMs, soonMs }: Outlook): void {
    for (let lane = this.#putOff.take(soonMs); lane; lane = this.#putOff.take(soonMs)) {
      this.wake(lane);
    }
    for (let share = this.#closed.take(nowMs); share; share = this.#closed.take(nowMs)) {
      this.#open.add(share);
    }
  }

  #offersOf(share: LaneShare<Lane>, outlook: Outlook, most: number): LaneOffer<Lane>[] {
    const { flushedEpoch, nowMs, soonMs } = outlook;
    const offers: LaneOffer<Lane>[] = [];
    let ready = 0;
    for (const lane of share.awake) {
      if (ready >= most) break;
      if (lane.isEmpty) {
        share.awake.delete(lane);
        this.#onEmpty(lane);
        continue;
      }
      const offer = lane.offer(nowMs, flushedEpoch);
      if (offer !== undefined && lookAtMs(offer) <= soonMs) {
        offers.push(offer);
        if (isReady(offer, nowMs)) ready += 1;
        continue;
      }
      share.awake.delete(lane);
      if (offer !== undefined) this.#putOff.set(lane, lookAtMs(offer));
    }
    return offers;
  }

  /** Whether the limiter lets pass what lanes of a share offer; if not, all of them are put off. */
  #isOpen(share: LaneShare<Lane>, offers: readonly LaneOffer<Lane>[], nowMs: number): boolean {
    const [first] = offers;
    if (first === undefined) {
      this.#open.delete(share);
      return false;
    }
    const ready = offers.filter((offer) => isReady(offer, nowMs));
    let records = 0;
    let bytes = 0;
    for (const { sizes } of ready.length > 0 ? ready : offers) {
      records += sizes.length;
      for (const size of sizes) bytes += size;
    }
    const [firstBytes = 0] = (ready[0] ?? first).sizes;
    const opensAtMs = share.limiter.opensAtMs({ records, bytes, firstBytes }, nowMs);
    share.measure(nowMs);
    if (opensAtMs <= nowMs) return true;
    this.#open.delete(share);
    this.#closed.set(share, opensAtMs);
    return false;
  }
}

function isReady({ dueAtMs, fillsCalls, opensAtMs }: LaneOffer<Lane>, nowMs: number): boolean {
  return opensAtMs <= nowMs && (fillsCalls || dueAtMs <= nowMs);
}

/** What waits only for others to fill a call with is worth a look whenever there are others. */
function lookAtMs({ dueAtMs, fillsCalls, opensAtMs }: LaneOffer<Lane>): number {
  return fillsCalls ? opensAtMs : Math.max(dueAtMs, opensAtMs);
}
