// What a handler does with one batch: drawn for each call.
import type { Random } from "@shardline/core";
import type { HandlerOdds } from "./handler-odds.ts";

/** What it does after it has looked at the records. */
export type HandlerMood =
  | { readonly kind: "works"; readonly forMs: number }
  | { readonly kind: "throws"; readonly afterMs: number }
  /** For seconds, unless it is told to stop. */
  | { readonly kind: "is slow"; readonly forMs: number }
  /** Heeds no signal. */
  | { readonly kind: "hangs"; readonly forMs: number }
  /** Is done with so many records of the batch. */
  | { readonly kind: "stops short"; readonly after: number }
  /** Checkpoints the record there, and goes on or throws. */
  | { readonly kind: "checkpoints"; readonly at: number; readonly throws: boolean };

const MAX_SLOW_MS = 10_000;

/** Draws it for a batch of so many records. */
export function drawMood(odds: HandlerOdds, records: number, random: Random): HandlerMood {
  const { checkpoints, hangs, maxHandlingMs, maxHangMs, slow, stopsShort, throws } = odds;
  const ms = random.next() * maxHandlingMs;
  const at = Math.floor(random.next() * records);
  let chance = random.next();
  const falls = (share: number): boolean => {
    chance -= share;
    return chance < 0;
  };
  if (falls(throws)) return { kind: "throws", afterMs: ms };
  if (falls(hangs)) return { kind: "hangs", forMs: random.next() * maxHangMs };
  if (falls(slow)) return { kind: "is slow", forMs: random.next() * MAX_SLOW_MS };
  if (falls(stopsShort)) return { kind: "stops short", after: at };
  // The last record of a batch that throws comes again, checkpointed or not.
  if (falls(checkpoints)) {
    return { kind: "checkpoints", at, throws: at < records - 1 && random.next() < 0.3 };
  }
  return { kind: "works", forMs: ms };
}
