// The tags that an input gives, as the service's model constrains them.
import type { Shape } from "./shape.ts";
import { nestingFault, typeFault } from "./type-fault.ts";

const MAX_TAGS = 200;
const KEY_LENGTH = { min: 1, max: 128 };
const VALUE_LENGTH = { min: 0, max: 256 };
const MAX_SHOWN_LENGTH = 2048;

/** Tags by their keys; null values count as absent. */
export const TAGS: Shape<Readonly<Record<string, string>>> = {
  isRequired: false,
  read: (value, check) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw nestingFault(value, "Expected map or null");
    }
    const given: readonly (readonly [string, unknown])[] = Object.entries(value);
    const tags = given.filter(([, tag]) => tag !== null && tag !== undefined).map(readTag);
    const shown = show(tags);
    if (tags.length === 0) {
      check.violate(shown, "Member must have length greater than or equal to 1");
    }
    if (tags.length > MAX_TAGS) {
      check.violate(shown, `Member must have length less than or equal to ${MAX_TAGS}`);
    }
    if (!tags.every(([key]) => isWithin(key, KEY_LENGTH))) {
      check.violate(shown, `Map keys must satisfy constraint: ${ruleOf(KEY_LENGTH)}`);
    }
    if (!tags.every(([, tag]) => isWithin(tag, VALUE_LENGTH))) {
      check.violate(shown, `Map value must satisfy constraint: ${ruleOf(VALUE_LENGTH)}`);
    }
    return Object.fromEntries(tags);
  },
};

interface Length {
  readonly min: number;
  readonly max: number;
}

function readTag([key, tag]: readonly [string, unknown]): readonly [string, string] {
  if (typeof tag !== "string") throw typeFault(tag, "an String");
  return [key, tag];
}

function isWithin(text: string, { min, max }: Length): boolean {
  return text.length >= min && text.length <= max;
}

function ruleOf({ min, max }: Length): string {
  return `[Member must have length less than or equal to ${max}, Member must have length greater than or equal to ${min}]`;
}

function show(tags: readonly (readonly [string, string])[]): string {
  const text = tags.map(([key, tag]) => `${key}=${tag}`).join(", ");
  return text.length > MAX_SHOWN_LENGTH
    ? `'{${text.slice(0, MAX_SHOWN_LENGTH)}...}'`
    : `'{${text}}'`;
}
