// The system's randomness.
import { randomBytes } from "node:crypto";
import type { Random } from "./random.ts";

/** The randomness of the process. */
export const systemRandom: Random = Object.freeze({
  next: () => Math.random(),
  bytes: (count: number) => randomBytes(count),
});
