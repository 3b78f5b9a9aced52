// From a properties file of the KPL to options of ours: read, checked against the KPL's own ranges, then put together.
import { KinesisError, nearWord } from "@shardline/core";
import { DROPPED_KEYS } from "./dropped-keys.ts";
import type { Given, KplKey } from "./kpl-key.ts";
import type { IgnoredProperty, KplProducerOptions } from "./kpl-options.ts";
import { MAPPED_KEYS } from "./mapped-keys.ts";
import { type Property, readProperties } from "./read-properties.ts";

const KEYS: ReadonlyMap<string, KplKey> = new Map(
  Object.entries({ ...MAPPED_KEYS, ...DROPPED_KEYS }),
);

/**
 * What the text of a KPL properties file comes to. `options` is for `createProducer`; `ignored` tells of every property
 * that has no effect, or another one than it says, in the order of the file.
 * @throws KinesisError INVALID_OPTIONS, with the key, value and line of everything that the KPL would refuse
 */
export function producerOptionsFromKplProperties(text: string): {
  readonly options: KplProducerOptions;
  readonly ignored: readonly IgnoredProperty[];
} {
  if (typeof text !== "string")
    throw refused([`it must be a string, got ${typeof text}; read the file as utf8`]);
  const problems: string[] = [];
  const properties = readProperties(text, problems);
  const last = new Map(properties.map((property) => [property.key, property]));
  const values = checked([...last.values()], problems);
  if (problems.length > 0) throw refused(problems);
  const meanings = properties.map((property) => {
    const { key, line } = property;
    const later = last.get(key);
    if (later !== property) return { key, line, reason: `line ${later?.line} says it again` };
    const meaning = KEYS.get(key)?.mean(values.get(key), values);
    return { key, line, ...(meaning ?? { reason: unknown(key) }) };
  });
  return {
    options: meanings.reduce<KplProducerOptions>((all, { options }) => merged(all, options), {}),
    ignored: meanings.flatMap(({ key, line, reason }) =>
      reason === undefined ? [] : [{ key, line, reason }],
    ),
  };
}

/** The values of the keys that are known. */
function checked(properties: readonly Property[], problems: string[]): Given {
  const known = properties.filter(({ key }) => KEYS.has(key));
  return new Map(
    known.map(({ key, line, value }) => [
      key,
      KEYS.get(key)?.check(value, `line ${line}: ${key}`, problems),
    ]),
  );
}

function unknown(key: string): string {
  const meant = nearWord(key, [...KEYS.keys()]);
  return meant === undefined
    ? "the KPL has no such key"
    : `the KPL has no such key; did you mean ${meant}?`;
}

/** Adds the options of one property, group by group. */
function merged(all: KplProducerOptions, more: KplProducerOptions = {}): KplProducerOptions {
  const entries = Object.entries(more).map(([group, value]) => {
    const before = all[group as keyof KplProducerOptions];
    const isGroup = typeof value === "object" && typeof before === "object";
    return [group, isGroup ? { ...before, ...value } : value];
  });
  return { ...all, ...Object.fromEntries(entries) };
}

function refused(problems: readonly string[]): KinesisError<"INVALID_OPTIONS"> {
  return new KinesisError("INVALID_OPTIONS", {
    message: `producerOptionsFromKplProperties refused its text: ${problems.join("; ")}`,
    isRetryable: false,
    details: { problems },
  });
}
