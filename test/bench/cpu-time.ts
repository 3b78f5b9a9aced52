// Samples of processor time. Wall time would leave out what the garbage collector does on other threads, and
// would count what other processes do on this one.

const SAMPLE_US = 100_000;

/** Some work that is done over and over. */
export interface Work<Input> {
  /** How many units one run does; costs are per unit. */
  readonly units: number;
  /** Makes the input of one run, untimed. */
  readonly prepare: () => Input;
  /** Answers its results, which stay in memory until the run ends, as they would in real life. */
  readonly run: (input: Input) => unknown;
}

/** A sampler of the processor time that work takes, in µs per unit. */
export function cpuTime<Input>({ units, prepare, run }: Work<Input>): () => number {
  return () => {
    let spentUs = 0;
    let runs = 0;
    for (; spentUs < SAMPLE_US; runs += 1) {
      const input = prepare();
      inHand.results = undefined;
      const before = process.cpuUsage();
      inHand.results = run(input);
      const { user, system } = process.cpuUsage(before);
      spentUs += user + system;
    }
    inHand.results = undefined;
    return spentUs / (runs * units);
  };
}

/** Outside of all functions, so that no compiler can leave out work whose result nobody reads. */
const inHand: { results: unknown } = { results: undefined };
