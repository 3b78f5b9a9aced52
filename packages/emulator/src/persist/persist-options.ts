// How an emulator is told to outlive its process.
import { type Check, group, integer, oneOf, parsed, required, withDefault } from "@shardline/core";

/** Where an emulator is kept. */
export interface PersistOptions {
  /** A folder of its own, which is made if it is not there. One emulator at a time has it. */
  readonly folder: string;
  /**
   * What an acknowledged call survives. `"process"`: that the emulator is killed; the system has what was written. `"machine"`:
   * also that the machine stops; calls wait for the disk, all that are under way together. What `inject`, `reshard` and
   * `clock.advance` do in the process is there with the next call that waits. @defaultValue "process"
   */
  readonly survives?: "process" | "machine";
  /**
   * How large the log gets before it is replaced by a snapshot, in bytes, from 1 MiB on. It gets as large as the last
   * snapshot in any case. @defaultValue 67108864 (64 MiB)
   */
  readonly maxLogBytes?: number;
}

/** The options with every default filled in. */
export type PersistSettings = Required<PersistOptions>;

const MIB = 1024 * 1024;
const FOLDER: Check<string> = parsed("the path of a folder", (text) =>
  text === "" || text.includes("\0") ? undefined : text,
);

const PERSIST = group<PersistSettings>({
  folder: required(FOLDER),
  survives: withDefault(oneOf("process", "machine"), "process"),
  maxLogBytes: withDefault(integer({ min: MIB, max: Number.MAX_SAFE_INTEGER }), 64 * MIB),
});

/** A folder, or more about it. */
export const checkPersist: Check<PersistSettings | undefined> = (value, path, problems) => {
  if (value === undefined) return undefined;
  return PERSIST(typeof value === "string" ? { folder: value } : value, path, problems);
};
