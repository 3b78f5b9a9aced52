// What an iterator was kept waiting by since it was issued.
import type { IteratorWaits } from "./iterator-expiry.ts";

/** Sums in ms; written where the waiting is done. */
export class WaitTally implements IteratorWaits {
  waitedForRoomMs = 0;
  pausedMs = 0;
  blockedMs = 0;
  retriedMs = 0;

  /** The sums so far. */
  look(): IteratorWaits {
    const { blockedMs, pausedMs, retriedMs, waitedForRoomMs } = this;
    return { waitedForRoomMs, pausedMs, blockedMs, retriedMs };
  }

  /** Another iterator begins. */
  reset(): void {
    this.waitedForRoomMs = 0;
    this.pausedMs = 0;
    this.blockedMs = 0;
    this.retriedMs = 0;
  }
}
