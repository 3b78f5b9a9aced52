// Pure: the streams that are named and those that are being read -> which to begin with, and which to give up.
import type { StreamSettings } from "./stream-settings.ts";

export interface RosterPlan {
  readonly begin: readonly StreamSettings[];
  /** Keys of streams that are read and not named any more. */
  readonly end: readonly string[];
}

/** What makes a named stream the same as before; what else was said of it counts when it begins again. */
export function rosterKeyOf({ label, stream, streamName }: StreamSettings): string {
  return `${label}/${streamName ?? stream.arn ?? stream.name}`;
}

/** Compares the two. */
export function planRoster(named: readonly StreamSettings[], read: Iterable<string>): RosterPlan {
  const wanted = new Map(named.map((stream) => [rosterKeyOf(stream), stream]));
  const present = new Set(read);
  return {
    begin: [...wanted].flatMap(([key, stream]) => (present.has(key) ? [] : [stream])),
    end: [...present].filter((key) => !wanted.has(key)),
  };
}
