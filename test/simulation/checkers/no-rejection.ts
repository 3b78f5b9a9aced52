// S20: no promise is rejected that nobody looks at. Node would end the process, and with it the story.
import { inspect } from "node:util";
import { BrokenInvariant } from "../evidence/journal.ts";

/** Tells of each until it is disposed of. */
export function watchRejections(onBroken: (broken: BrokenInvariant) => void): Disposable {
  const onRejection = (reason: unknown): void => {
    onBroken(new BrokenInvariant("no unhandled rejection", inspect(reason)));
  };
  process.on("unhandledRejection", onRejection);
  return { [Symbol.dispose]: () => void process.off("unhandledRejection", onRejection) };
}
