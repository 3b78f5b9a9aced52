// Keeps a trouble that goes on from filling the log: of lines that say the same of the same shard one is written in ten
// seconds. Events are not held back.
import type { Clock, Logger } from "@shardline/core";

/** A line that was written, and how many like it were not since. */
interface Written {
  readonly atMs: number;
  leftOut: number;
}

const QUIET_MS = 10_000;
/** More than these are looked through for those that are over. */
const MAX_REMEMBERED = 1000;

/** A logger that leaves out repetitions of these messages; the next line has their number as `leftOut`. */
export function quietRepeats(logger: Logger, messages: ReadonlySet<string>, clock: Clock): Logger {
  const written = new Map<string, Written>();
  const write = (level: keyof Logger) => {
    return (fields: object, message: string): void => {
      if (!messages.has(message)) return logger[level](fields, message);
      const nowMs = clock.nowMs();
      const key = `${message} ${subjectOf(fields)}`;
      const last = written.get(key);
      if (last !== undefined && nowMs - last.atMs < QUIET_MS) {
        last.leftOut += 1;
        return;
      }
      if (written.size >= MAX_REMEMBERED) forgetBefore(written, nowMs - QUIET_MS);
      written.set(key, { atMs: nowMs, leftOut: 0 });
      const leftOut = last?.leftOut ?? 0;
      logger[level](leftOut === 0 ? fields : { ...fields, leftOut }, message);
    };
  };
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
}

/** What a line is about. */
function subjectOf(fields: {
  readonly stream?: unknown;
  readonly shardId?: unknown;
  readonly operation?: unknown;
}): string {
  return `${String(fields.stream)} ${String(fields.shardId)} ${String(fields.operation)}`;
}

function forgetBefore(written: Map<string, Written>, beforeMs: number): void {
  for (const [key, { atMs }] of written) if (atMs <= beforeMs) written.delete(key);
}
