// Comes before what the system is asked to do with files, in the same turn: to see what there is at that moment, or to
// refuse it as the system could. What is asked for without waiting, such as the writing of a snapshot, is not among it.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";

/** What can change a file, or what there is of one on the disk. */
const STEPS = [
  "openSync",
  "writeSync",
  "fsyncSync",
  "fdatasyncSync",
  "renameSync",
  "rmSync",
] as const;

export type FileStep = (typeof STEPS)[number];

type Act = (...given: unknown[]) => unknown;

/** Is called before every step until it is disposed of; where it throws, the step is refused. */
export function beforeFileSteps(look: (step: FileStep, on: unknown) => void): Disposable {
  const acts = fs as unknown as Record<FileStep, Act>;
  const own = STEPS.map((name) => [name, acts[name]] as const);
  let depth = 0;
  for (const [name, act] of own) {
    acts[name] = (...given) => {
      depth += 1;
      try {
        // Whoever looks takes such steps as well.
        if (depth === 1) look(name, given[0]);
        return act(...given);
      } finally {
        depth -= 1;
      }
    };
  }
  syncBuiltinESMExports();
  return {
    [Symbol.dispose]: () => {
      for (const [name, act] of own) acts[name] = act;
      syncBuiltinESMExports();
    },
  };
}

/** What the system says when it refuses something. */
export function systemError(code: string, syscall: string): Error {
  return Object.assign(new Error(`${code}: ${syscall}`), { code, syscall });
}
