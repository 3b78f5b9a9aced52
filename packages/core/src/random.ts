// The port through which everything here draws chance.

/** A source of randomness. */
export interface Random {
  /** At least 0, less than 1. */
  next(): number;
  bytes(count: number): Uint8Array;
}

/** A copy in random order. */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i -= 1) {
    const j = Math.floor(random.next() * (i + 1));
    [copy[i], copy[j]] = [copy[j] as T, copy[i] as T];
  }
  return copy;
}
