// What the process that runs the worlds of a workbench says, a line for each world.

export interface WorldLine {
  readonly seed: number;
  /** Which checker saw its invariant broken; left out for a world that held. */
  readonly checker?: string | undefined;
  /** The checker's name and what it saw; left out for a world that held. */
  readonly broken?: string | undefined;
}

/** Whether it was this checker that saw it: not another one, nor the failure of a checker. */
export function isSeenBy(checker: string, line: WorldLine | undefined): boolean {
  return line?.broken !== undefined && line.checker === checker;
}

/** The lines of a process; the last may have been cut short. */
export function readWorldLines(stdout: string): WorldLine[] {
  return stdout
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as WorldLine);
}
