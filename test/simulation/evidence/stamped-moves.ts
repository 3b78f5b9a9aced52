// Moves of leases bear the time at which they were sent, by the sender's own clock: from then on it counts how long it may
// believe that a lease is its own.
import type { LeaseMove } from "@shardline/consumer";

interface StampedMove extends LeaseMove {
  /** It travels with the move, also through a copy that arrives later. */
  readonly sentAtMs?: number;
}

/** The same move, as it leaves its sender. */
export function stamped(move: LeaseMove, sentAtMs: number): LeaseMove {
  const sent: StampedMove = { ...move, sentAtMs };
  return sent;
}

/** When a move was sent; `undefined` for one that was not stamped. */
export function sentAtMsOf(move: LeaseMove): number | undefined {
  return (move as StampedMove).sentAtMs;
}
