// What somebody probably meant by a word that is not known: for messages about misspelt options.

/** The known word nearest to one that is not known; `undefined` if none is near. */
export function nearWord(word: string, known: readonly string[]): string | undefined {
  const [nearest] = [...known].sort((a, b) => editDistance(a, word) - editDistance(b, word));
  const isNear = nearest !== undefined && editDistance(nearest, word) <= Math.ceil(word.length / 3);
  return isNear ? nearest : undefined;
}

/** Levenshtein's distance: how many letters to insert, delete or replace. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}
