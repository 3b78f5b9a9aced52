// Lets virtual time pass until something has come true.
import type { Rig } from "./rig.ts";

const STEP_MS = 10;
const MAX_STEPS = 20_000;

/** Resolves with what the work resolves with, while time passes as long as it takes. */
export async function drive<T>(rig: Pick<Rig, "clock">, work: Promise<T>): Promise<T> {
  let isOver = false;
  const over = (): void => {
    isOver = true;
  };
  work.then(over, over);
  for (let step = 0; step < MAX_STEPS && !isOver; step += 1) await rig.clock.advance(STEP_MS);
  if (!isOver) throw new Error("nothing came of it");
  return work;
}
