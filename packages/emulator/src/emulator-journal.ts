// What an emulator asks of whoever keeps it beyond the life of the process.
import type { Journal } from "./stream/journal.ts";

/**
 * Waits in the end of a call: resolves once everything so far is as safe as it was asked to be, and is `undefined` if it is.
 * Rejects where something of it may be lost; a call that began when that was known has stored nothing, and waits for nothing.
 */
export type Settling = () => Promise<void> | undefined;

/** Keeps an emulator. */
export interface EmulatorJournal extends Journal {
  /**
   * Refuses calls that would change something which cannot be kept.
   * @throws ServiceException InternalFailure
   */
  requireWritable(): void;
  /**
   * Keeps what a call has stored.
   * @throws ServiceException InternalFailure
   */
  flush(): void;
  /** What a call waits for that begins now. */
  settling(): Settling;
}

/** One call, as whoever keeps its effects sees it. */
interface KeptCall {
  readonly name: string;
  /** Whether a fault can have changed more than the operation does. */
  readonly isMeddledWith: boolean;
}

const READING = /^(Describe|Get|List|Subscribe)/;
const PUTS: ReadonlySet<string> = new Set(["PutRecord", "PutRecords"]);

/**
 * Serves a call and keeps its effects, also those of one that is refused in the end.
 * @throws ServiceException
 */
export function keptCall<Output>(
  journal: EmulatorJournal,
  { name, isMeddledWith }: KeptCall,
  serve: () => Output,
): Output {
  if (isMeddledWith) return keptChange(journal, serve);
  if (READING.test(name)) return serve();
  return PUTS.has(name) ? keptRecords(journal, serve) : keptChange(journal, serve);
}

/**
 * Does what may change anything and keeps its effects, also those of what is refused in the end; nothing is done if
 * nothing can be kept.
 * @throws ServiceException InternalFailure
 */
export function keptChange<Outcome>(journal: EmulatorJournal, act: () => Outcome): Outcome {
  return keptRecords(journal, () => {
    try {
      return act();
    } finally {
      journal.changed();
    }
  });
}

/**
 * Does what only stores records, and keeps them.
 * @throws ServiceException InternalFailure
 */
export function keptRecords<Outcome>(journal: EmulatorJournal, act: () => Outcome): Outcome {
  journal.requireWritable();
  try {
    return act();
  } finally {
    journal.flush();
  }
}
