// What stands for a handler's own work: steps of arithmetic, as many for each contestant.

const CALIBRATION_STEPS = 20_000_000;
/** Of one call: about those of 20 µs. */
const STEPS = 20_000;
const TRIES = 5;

/** How many steps take a µs of a core at its best. */
export function calibratedStepsPerUs(): number {
  let best = 0;
  for (let i = 0; i < TRIES; i += 1) {
    const before = process.cpuUsage();
    for (let left = CALIBRATION_STEPS; left > 0; left -= STEPS) compute(STEPS);
    const { system, user } = process.cpuUsage(before);
    best = Math.max(best, CALIBRATION_STEPS / (user + system));
  }
  return best;
}

/** Leaves its result where the compiler cannot know that nobody reads it. */
export function compute(steps: number): void {
  let state = inHand.state;
  for (let i = 0; i < steps; i += 1) state = Math.imul(state, 1_664_525) + 1_013_904_223;
  inHand.state = state;
}

const inHand = { state: 1 };
