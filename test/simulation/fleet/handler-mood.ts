// What a handler does with one batch: drawn for each call.
import type { Random } from "@shardline/core";
import type { HandlerOdds } from "../odds.ts";

/** What it does after it has looked at the records. */
export type HandlerMood =
  | { readonly kind: "works"; readonly forMs: number }
  | { readonly kind: "throws"; readonly afterMs: number }
  /** Heeds no signal. */
  | { readonly kind: "hangs"; readonly forMs: number }
  /** Is done with so many records of the batch. */
  | { readonly kind: "stops short"; readonly after: number }
  /** Checkpoints after so many records, and goes on. */
  | { readonly kind: "checkpoints"; readonly after: number };

/** Draws it for a batch of so many records. */
export function drawMood(odds: HandlerOdds, records: number, random: Random): HandlerMood {
  const { checkpoints, hangs, maxHandlingMs, maxHangMs, stopsShort, throws } = odds;
  const ms = random.next() * maxHandlingMs;
  const after = Math.floor(random.next() * records);
  let chance = random.next();
  const falls = (share: number): boolean => {
    chance -= share;
    return chance < 0;
  };
  if (falls(throws)) return { kind: "throws", afterMs: ms };
  if (falls(hangs)) return { kind: "hangs", forMs: random.next() * maxHangMs };
  if (falls(stopsShort)) return { kind: "stops short", after };
  if (falls(checkpoints)) return { kind: "checkpoints", after };
  return { kind: "works", forMs: ms };
}
