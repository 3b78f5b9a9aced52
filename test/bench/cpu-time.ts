// Samples of processor time, and of the clock beside it. The clock leaves out what the garbage collector does on other
// threads, and counts what other processes do on this one.

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

/** What a unit of work took, in µs. */
export interface Spent {
  /** Of the processor, on all threads. */
  readonly cpuUs: number;
  /** By the clock. */
  readonly wallUs: number;
}

/** A sampler of the processor time that work takes, in µs per unit. */
export function cpuTime<Input>(work: Work<Input>): () => number {
  const sample = timeSpent(work);
  return () => sample().cpuUs;
}

/** A sampler of the time that work takes. */
export function timeSpent<Input>({ units, prepare, run }: Work<Input>): () => Spent {
  return () => {
    let spentUs = 0;
    let wallMs = 0;
    let runs = 0;
    for (; spentUs < SAMPLE_US; runs += 1) {
      const input = prepare();
      inHand.results = undefined;
      const begunAtMs = performance.now();
      const before = process.cpuUsage();
      inHand.results = run(input);
      const { user, system } = process.cpuUsage(before);
      spentUs += user + system;
      wallMs += performance.now() - begunAtMs;
    }
    inHand.results = undefined;
    const done = runs * units;
    return { cpuUs: spentUs / done, wallUs: (wallMs * 1000) / done };
  };
}

/** Outside of all functions, so that no compiler can leave out work whose result nobody reads. */
const inHand: { results: unknown } = { results: undefined };
