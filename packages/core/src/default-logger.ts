// The logger of users who hand in none: the one file that loads pino. It has an entry of its own, so that what logs
// nothing, as the emulator, starts without it.
import { pino } from "pino";
import type { Logger } from "./logger.ts";

/** A pino logger at level `warn`, for users who hand in none. */
export function defaultLogger(name: string): Logger {
  return pino({ name, level: "warn" });
}
