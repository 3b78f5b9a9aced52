// Measures a comparison: in each round every variant gives one sample, in one process, each after a garbage
// collection, so that a busy machine slows all of them alike.
import type { Comparison } from "./suite.ts";

/** Costs by the name of the variant, one per round. */
export type Costs = ReadonlyMap<string, readonly number[]>;

/** Checks a comparison, warms it up with a round that does not count, and measures it in so many; tells how far it is. */
export async function measure(
  comparison: Comparison,
  asked: number,
  tell: (progress: string) => void,
): Promise<Costs> {
  const { check, maxRounds = asked, title, variants } = comparison;
  const rounds = Math.min(asked, maxRounds);
  const collect = globalThis.gc;
  if (collect === undefined) throw new Error("run node with --expose-gc");
  tell(`${title}: getting ready`);
  await check((progress) => tell(`${title}: ${progress}`));
  const costs = new Map<string, number[]>(variants.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    const progress = round === 0 ? "warming up" : `round ${round} of ${rounds}`;
    for (let turn = 0; turn < variants.length; turn += 1) {
      // Another variant begins in each round, so that none always runs in another one's wake.
      const variant = variants[(round + turn) % variants.length] as Comparison["variants"][number];
      tell(`${title}: ${progress}, ${variant.name}`);
      collect();
      const cost = await variant.sample();
      if (Number.isNaN(cost)) throw new Error(`no figure of ${variant.name} for "${title}"`);
      if (round > 0) costs.get(variant.name)?.push(cost);
    }
  }
  return costs;
}
