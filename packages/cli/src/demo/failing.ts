// A handler that fails: on which lines, and what the workers are told to do about it.

/** What a worker does with a line on which its handler fails. */
export type OnFailure = "halt" | "skip" | "dead-letter";

/** Every so many lines the handler fails, each time that it meets the line. */
export interface Failing {
  readonly every: number;
  readonly onFailure: OnFailure;
}

/** Whether the handler fails on the line of this index, as long as nobody has mended it. */
export function failsOn(failing: Failing | undefined, index: number): boolean {
  return failing !== undefined && (index + 1) % failing.every === 0;
}
