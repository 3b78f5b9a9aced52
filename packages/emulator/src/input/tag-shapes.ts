// The tags of an input: their shapes, and what may be a tag. Texts of the refusals of lengths: those that
// https://github.com/mhart/kinesalite took from the service.
import { list } from "./compound-shapes.ts";
import { text } from "./scalar-shapes.ts";
import { show } from "./shown-value.ts";
import { invalidArgument } from "../service-exception.ts";
import type { InputCheck, Shape } from "./shape.ts";
import { nestingFault, typeFault } from "./type-fault.ts";

/** Inclusive bounds of a length, in UTF-16 code units. */
interface Lengths {
  readonly min: number;
  readonly max: number;
}

const KEY: Lengths = { min: 1, max: 128 };
const VALUE: Lengths = { min: 0, max: 256 };
/** How many tags one call may bring. */
const MAP: Lengths = { min: 1, max: 200 };
const KEYS: Lengths = { min: 1, max: 50 };
/** https://docs.aws.amazon.com/streams/latest/dev/tagging.html, 2026-11-21. */
const ALLOWED = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
const RESERVED = /^aws:/i;

/** The key of one tag. */
export const TAG_KEY: Shape<string> = text(KEY);

/** The keys of some tags. */
export const TAG_KEYS: Shape<readonly string[]> = {
  isRequired: false,
  read: (value, check) => {
    const keys = list(text({}), KEYS).read(value, check);
    checkLengths("Member", keys, KEY, show(`[${keys.join(", ")}]`), check);
    return keys;
  },
};

/** Tags by key. */
export const TAG_MAP: Shape<ReadonlyMap<string, string>> = { isRequired: false, read: readTags };

/**
 * Refuses tags of foreign characters, or with keys that are the service's own.
 * @throws ServiceException InvalidArgumentException
 */
export function requireTags(tags: ReadonlyMap<string, string>): void {
  if ([...tags].flat().some((word) => !ALLOWED.test(word))) {
    throw invalidArgument(
      "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, _ . : / = + - @",
    );
  }
  if ([...tags.keys()].some((key) => RESERVED.test(key))) {
    throw invalidArgument("Tag keys that begin with aws: are reserved for system use.");
  }
}

function readTags(value: unknown, check: InputCheck): ReadonlyMap<string, string> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw nestingFault(value, "Expected map or null");
  }
  const entries = Object.entries(value).filter(([, tag]) => tag !== null && tag !== undefined);
  const tags = new Map(entries.map(([key, tag]) => [key, readTag(tag)]));
  const shown = show(`{${[...tags].map(([key, tag]) => `${key}=${tag}`).join(", ")}}`);
  if (tags.size < MAP.min) {
    check.violate(shown, `Member must have length greater than or equal to ${MAP.min}`);
  }
  if (tags.size > MAP.max) {
    check.violate(shown, `Member must have length less than or equal to ${MAP.max}`);
  }
  checkLengths("Map keys", [...tags.keys()], KEY, shown, check);
  checkLengths("Map value", [...tags.values()], VALUE, shown, check);
  return tags;
}

function readTag(value: unknown): string {
  if (typeof value === "string") return value;
  throw typeFault(value, "an String");
}

function checkLengths(
  what: string,
  words: readonly string[],
  { min, max }: Lengths,
  shown: string,
  check: InputCheck,
): void {
  if (words.every(({ length }) => min <= length && length <= max)) return;
  check.violate(
    shown,
    `${what} must satisfy constraint: [Member must have length less than or equal to ${max}, ` +
      `Member must have length greater than or equal to ${min}]`,
  );
}
