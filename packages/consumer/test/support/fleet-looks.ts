// What tests of fleets do and look at all the time.
import type { Fleet } from "./fleet.ts";
import { range } from "./lease-views.ts";

/** Puts a record in every shard, sooner or later, so many times a second. */
export async function putForMs(fleet: Fleet, forMs: number, from = 0): Promise<string[]> {
  const texts: string[] = [];
  for (const i of range(forMs / 50)) {
    const text = `r${from + i}`;
    texts.push(text);
    await fleet.put([text], `key-${i}`);
    await fleet.clock.advance(50);
  }
  return texts;
}

/** How many leases each owner has, the fewest first. */
export function countsOf(fleet: Fleet): number[] {
  const counts = new Map<string, number>();
  for (const owner of fleet.owners) {
    if (owner !== undefined) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  }
  return [...counts.values()].sort((a, b) => a - b);
}
