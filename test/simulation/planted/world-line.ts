// What the process that runs the worlds of a workbench says, a line for each world.

export interface WorldLine {
  readonly seed: number;
  /** The checker's name and what it saw; left out for a world that held. */
  readonly broken?: string | undefined;
}

/** The lines of a process; what else it said, if it did not end well, is not looked for. */
export function readWorldLines(said: string): WorldLine[] {
  return said
    .split("\n")
    .filter((line) => line.startsWith('{"seed":'))
    .map((line) => JSON.parse(line) as WorldLine);
}
