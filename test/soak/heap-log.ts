// How much the heap grows: samples after garbage collections while nothing is under way, and a line through those of
// the second half.

const MIB = 1024 * 1024;
/** Over ten minutes. */
const MAX_SLOPE_BYTES = MIB;
const SLOPE_MS = 600_000;
/**
 * What comes once takes so much in any run: compiled code, pools, and the windows of the metrics, which fill for each new
 * shard. In an hour it is what the slope allows.
 */
const NOISE_BYTES = 3 * MIB;
/** A run that is shorter is still at that in its second half. */
const WARM_AFTER_MS = 300_000;
/** 100,000 records in that half: a leak of one small object for each of them is more. */
const WARMING_BYTES = 6 * MIB;

interface Sample {
  readonly atMs: number;
  readonly bytes: number;
}

/** What the second half says. */
export interface Growth {
  /** In MiB. */
  readonly grewBy: number;
  readonly mayGrowBy: number;
  /** In MiB; the last sample. */
  readonly heap: number;
}

export class HeapLog {
  readonly #samples: Sample[] = [];

  /** Takes a sample; answers it in MiB. */
  sample(): number {
    globalThis.gc?.();
    globalThis.gc?.();
    const { external, heapUsed } = process.memoryUsage();
    const bytes = heapUsed + external;
    this.add(performance.now(), bytes);
    return bytes / MIB;
  }

  add(atMs: number, bytes: number): void {
    this.#samples.push({ atMs, bytes });
  }

  growth(): Growth {
    const half = this.#samples.slice(Math.floor(this.#samples.length / 2));
    const [first, last] = [half[0], half.at(-1)];
    if (first === undefined || last === undefined) throw new Error("no sample was taken");
    const spanMs = last.atMs - first.atMs;
    const onceBytes = spanMs < WARM_AFTER_MS / 2 ? WARMING_BYTES : NOISE_BYTES;
    return {
      grewBy: (slopeOf(half) * spanMs) / MIB,
      mayGrowBy: Math.max(onceBytes, (MAX_SLOPE_BYTES * spanMs) / SLOPE_MS) / MIB,
      heap: last.bytes / MIB,
    };
  }
}

/** Bytes per ms of the line with the least squares. */
function slopeOf(samples: readonly Sample[]): number {
  const mean = (of: (sample: Sample) => number): number =>
    samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
  const [atMs, bytes] = [mean((sample) => sample.atMs), mean((sample) => sample.bytes)];
  const product = mean((sample) => (sample.atMs - atMs) * (sample.bytes - bytes));
  const square = mean((sample) => (sample.atMs - atMs) ** 2);
  return square === 0 ? 0 : product / square;
}
