// From a properties file of the KPL or the KCL to options of ours: read, checked against their own ranges, then put together.
import { KinesisError } from "./errors.ts";
import type { GivenValues, ImportedKey } from "./imported-key.ts";
import { nearWord } from "./near-word.ts";
import { type Property, readProperties } from "./read-properties.ts";

/** A property that has no effect, or another one than it says. */
export interface IgnoredProperty {
  readonly key: string;
  readonly line: number;
  /** Why, and what to do instead. */
  readonly reason: string;
}

/** Whose file it is. */
export interface PropertiesDialect<Options> {
  /** The function that errors name. */
  readonly owner: string;
  /** Who reads it otherwise. */
  readonly reader: string;
  readonly keys: Readonly<Record<string, ImportedKey<Options>>>;
  /** The key that another spelling, or another key for the same, stands for. */
  readonly keyOf?: (spelt: string) => string;
  /** What is wrong with all of them together. */
  readonly check?: (given: GivenValues, problems: string[]) => void;
}

/** What a file comes to; `ignored` in the order of the file. */
export interface ImportedProperties<Options> {
  readonly options: Options;
  readonly ignored: readonly IgnoredProperty[];
}

/**
 * What the text of a properties file comes to.
 * @throws KinesisError INVALID_OPTIONS, with the key, value and line of everything that is refused
 */
export function importProperties<Options extends object>(
  text: string,
  dialect: PropertiesDialect<Options>,
): ImportedProperties<Options> {
  const { check, keyOf = (spelt) => spelt, keys, owner } = dialect;
  if (typeof text !== "string")
    throw refused(owner, [`it must be a string, got ${typeof text}; read the file as utf8`]);
  const problems: string[] = [];
  const properties = readProperties(text, problems);
  const last = new Map(properties.map((property) => [keyOf(property.key), property]));
  const values = checked(last, keys, problems);
  check?.(values, problems);
  if (problems.length > 0) throw refused(owner, problems);
  const meanings = properties.map((property) => {
    const { key, line } = property;
    const later = last.get(keyOf(key));
    if (later !== property) {
      return { key, line, options: undefined, reason: `line ${later?.line} says it again` };
    }
    const known = Object.hasOwn(keys, keyOf(key)) ? keys[keyOf(key)] : undefined;
    const meaning = known?.mean(values.get(keyOf(key)), values);
    return { key, line, ...(meaning ?? { options: undefined, reason: unknown(key, dialect) }) };
  });
  const options = meanings.reduce<object>((all, more) => merged(all, more.options ?? {}), {});
  const ignored = meanings.flatMap(({ key, line, reason }) =>
    reason === undefined ? [] : [{ key, line, reason }],
  );
  return { options: options as Options, ignored };
}

/** The values of the keys that are known. */
function checked<Options>(
  properties: ReadonlyMap<string, Property>,
  keys: PropertiesDialect<Options>["keys"],
  problems: string[],
): GivenValues {
  const known = [...properties].filter(([name]) => Object.hasOwn(keys, name));
  return new Map(
    known.map(([name, { key, line, value }]) => [
      name,
      keys[name]?.check(value, `line ${line}: ${key}`, problems),
    ]),
  );
}

function unknown<Options>(key: string, { keys, reader }: PropertiesDialect<Options>): string {
  const meant = nearWord(key, Object.keys(keys));
  return meant === undefined
    ? `${reader} has no such key`
    : `${reader} has no such key; did you mean ${meant}?`;
}

/** Adds the options of one property, group by group. */
function merged(all: object, more: object): object {
  const before = all as Record<string, unknown>;
  const entries = Object.entries(more).map(([name, value]: [string, unknown]) => {
    const group = before[name];
    const isGroup = typeof value === "object" && typeof group === "object";
    return [name, isGroup ? merged(group as object, value as object) : value];
  });
  return { ...all, ...(Object.fromEntries(entries) as object) };
}

function refused(owner: string, problems: readonly string[]): KinesisError<"INVALID_OPTIONS"> {
  return new KinesisError("INVALID_OPTIONS", {
    message: `${owner} refused its text: ${problems.join("; ")}`,
    isRetryable: false,
    details: { problems },
  });
}
