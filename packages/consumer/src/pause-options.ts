// What `pause` and `resume` take. A word too much or misspelt would stop every shard instead of one, so it is refused.
import { type Check, group, optional, parsed, resolveOptions } from "@shardline/core";

/** Which shards to pause, or to go on with. */
export interface PauseOptions {
  /** One shard; where many streams are read, of the stream that is named. @defaultValue all of them */
  readonly shardId?: string;
  /** Where many streams are read: only this one, by its label. @defaultValue all of them */
  readonly stream?: string;
}

/** What is meant; `undefined` for all. */
export interface PausePlace {
  readonly shardId: string | undefined;
  readonly stream?: string | undefined;
}

const shardId = optional(parsed("the id of a shard", (text) => text || undefined));
const stream = optional(parsed("the label of a stream", (text) => text || undefined));

const amongMany: Check<PausePlace> = (value, path, problems) => {
  const place = group<Required<PausePlace>>({ shardId, stream })(value, path, problems);
  // The streams have shards of the same ids.
  const isUnclear = place.shardId !== undefined && place.stream === undefined;
  if (isUnclear) problems.push("stream is required beside shardId where many streams are read");
  return place;
};

/**
 * What is meant.
 * @throws KinesisError INVALID_OPTIONS
 */
export function pausePlaceOf(
  method: "pause" | "resume",
  scope: "one-stream" | "many-streams",
  options: PauseOptions | undefined,
): PausePlace {
  const check =
    scope === "one-stream" ? group<{ shardId: string | undefined }>({ shardId }) : amongMany;
  return resolveOptions<PausePlace>(method, check, options);
}
