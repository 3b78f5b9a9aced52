// How one of several processes comes to have a folder, step by step. The file `lock` names who has it. A process that was
// killed cannot take its name away; whoever finds it gone stands behind it, in `lock.1`, and moves to the front:
//
//   walk    every name in the row is of a process that has gone; the first place behind them is free
//   stand   there, where only one can
//   look    whether the row before is still as it was found: otherwise somebody else has been to the front
//   move    to the front; the names behind are of no account any more
//
// No two texts are alike, and files behind the front are taken away by whoever moved to the front, after it did. So whoever
// finds the row unchanged stands behind all who were in it, and nobody can pass.

/** The row of files; 0 is `lock`, the nth is `lock.n`. */
export interface ClaimFiles {
  /** `undefined` where there is none. */
  read(nth: number): string | undefined;
  /** Makes one, with its text from the first moment; `false` where there is one already. */
  create(nth: number, text: string): boolean;
  /** Puts one in the place of `lock`. */
  moveToFront(nth: number): void;
  /** Takes one away, if it is there. */
  remove(nth: number): void;
}

/** What came of it. */
export type Claim =
  | { readonly kind: "held" }
  /** Who is in the way; `undefined` for somebody who was faster. */
  | { readonly kind: "refused"; readonly nth: number; readonly by: string | undefined };

/** Who claims a folder. */
interface Claimant {
  /** A text that nobody ever wrote before. */
  readonly text: string;
  /** Whether a text is of a process that will never touch the folder again. */
  readonly isGone: (text: string) => boolean;
}

/** Claims a folder; others may do the same between any two steps, or this one be killed. */
export function* claim(
  files: ClaimFiles,
  { isGone, text: mine }: Claimant,
): Generator<undefined, Claim> {
  const gone: string[] = [];
  for (;;) {
    const text = files.read(gone.length);
    yield;
    if (text === undefined) break;
    if (!isGone(text)) return { kind: "refused", nth: gone.length, by: text };
    gone.push(text);
  }
  const nth = gone.length;
  const stands = files.create(nth, mine);
  yield;
  if (!stands) return { kind: "refused", nth, by: undefined };
  for (const [before, text] of gone.entries()) {
    const isThere = files.read(before) === text;
    yield;
    if (isThere) continue;
    files.remove(nth);
    return { kind: "refused", nth: before, by: undefined };
  }
  if (nth > 0) files.moveToFront(nth);
  yield;
  for (let behind = 1; behind < nth; behind += 1) {
    files.remove(behind);
    yield;
  }
  return { kind: "held" };
}
