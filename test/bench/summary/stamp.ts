// The circumstances of a run -> a paragraph above its table.

/** When, how often, and on what a suite was measured. */
export interface Circumstances {
  /** What repeats it. */
  readonly command: string;
  readonly at: Date;
  readonly rounds: number;
  readonly machine: string;
  /** Processes that wanted a core, in the minute before the suite and in its last one. */
  readonly load: readonly [before: number, after: number];
  /** Names with versions. */
  readonly peers: readonly string[];
}

export function stampOf({ at, load, machine, peers, rounds, command }: Circumstances): string {
  const [before, after] = load.map((processes) => processes.toFixed(1));
  const day = at.toISOString().slice(0, 10);
  return [
    `Measured on ${day} with \`${command}\`, medians of up to ${rounds} rounds, on ${machine};`,
    `load ${before} before and ${after} after. Beside ${peers.join(", ")}.`,
  ].join("\n");
}
