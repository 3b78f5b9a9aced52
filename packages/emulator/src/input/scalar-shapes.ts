// Shapes of single values.
import { type Blob, blobLength, isBase64 } from "../stream/blob.ts";
import { ServiceException } from "../service-exception.ts";
import { show } from "./shown-value.ts";
import type { InputCheck, Shape } from "./shape.ts";
import { typeFault } from "./type-fault.ts";

const MAX_INT32 = 2 ** 31 - 1;
/** Matching megabytes would take for ever; no pattern that stands without a length constraint fits as much. */
const MAX_MATCHED_LENGTH = 4096;

interface TextRules {
  readonly min?: number;
  /** Length in UTF-16 code units. */
  readonly max?: number;
  /** Must match from the first to the last character. */
  readonly pattern?: string;
}

/** A text. */
export function text({
  min = 0,
  max = Number.POSITIVE_INFINITY,
  pattern,
}: TextRules): Shape<string> {
  const whole = pattern === undefined ? undefined : new RegExp(`^(?:${pattern})$`);
  const fits = (value: string): boolean =>
    whole === undefined ||
    (value.length > MAX_MATCHED_LENGTH ? value.length > max : whole.test(value));
  return {
    isRequired: false,
    read: (value, check) => {
      if (typeof value !== "string") throw typeFault(value, "an String");
      if (value.length < min || value.length > max) {
        violateLength(check, show(value), value.length < min, { min, max });
      }
      if (!fits(value)) {
        check.violate(show(value), `Member must satisfy regular expression pattern: ${pattern}`);
      }
      return value;
    },
  };
}

/** One of some words. */
export function word<const Word extends string>(...words: readonly Word[]): Shape<Word> {
  return {
    isRequired: false,
    read: (value, check) => {
      if (typeof value !== "string") throw typeFault(value, "an String");
      if (!words.includes(value as Word)) {
        check.violate(show(value), `Member must satisfy enum value set: [${words.join(", ")}]`);
      }
      return value as Word;
    },
  };
}

/** A whole number; like the service's parser, it drops fractions and stops at 32 bits. */
export function integer({
  min,
  max,
}: {
  readonly min: number;
  readonly max: number;
}): Shape<number> {
  return {
    isRequired: false,
    read: (value, check) => {
      if (typeof value !== "number" || Number.isNaN(value)) throw typeFault(value, "an Integer");
      const whole = Math.trunc(Math.min(MAX_INT32, Math.max(-MAX_INT32, value)));
      if (whole < min) {
        check.violate(`'${whole}'`, `Member must have value greater than or equal to ${min}`);
      }
      if (whole > max) {
        check.violate(`'${whole}'`, `Member must have value less than or equal to ${max}`);
      }
      return whole;
    },
  };
}

/** A flag. */
export function flag(): Shape<boolean> {
  return {
    isRequired: false,
    read: (value) => {
      if (typeof value !== "boolean") throw typeFault(value, "an Boolean");
      return value;
    },
  };
}

/** A time in epoch seconds with a fraction, as JSON 1.1 writes it. */
export function timestamp(): Shape<number> {
  return {
    isRequired: false,
    read: (value) => {
      if (typeof value !== "number" || Number.isNaN(value)) {
        throw typeFault(value, "milliseconds since epoch");
      }
      return value;
    },
  };
}

/** Bytes, or base64 text of bytes. */
export function blob({ max }: { readonly max: number }): Shape<Blob> {
  return {
    isRequired: false,
    read: (value, check) => {
      const bytes = readBlob(value);
      const length = blobLength(bytes);
      if (length > max) {
        const shown = `'java.nio.HeapByteBuffer[pos=0 lim=${length} cap=${length}]'`;
        violateLength(check, shown, false, { min: 0, max });
      }
      return bytes;
    },
  };
}

function readBlob(value: unknown): Blob {
  if (value instanceof Uint8Array) return value;
  if (typeof value !== "string") throw typeFault(value, "a Blob");
  if (isBase64(value)) return value;
  const why =
    value.length % 4 === 0
      ? "Invalid Base64 character"
      : `Base64 encoded length is expected a multiple of 4 bytes but found: ${value.length}`;
  throw new ServiceException(
    "SerializationException",
    `class java.lang.String can not be converted to a Blob: ${why}`,
  );
}

function violateLength(
  check: InputCheck,
  shown: string,
  isTooShort: boolean,
  { min, max }: { readonly min: number; readonly max: number },
): void {
  const rule = isTooShort ? `greater than or equal to ${min}` : `less than or equal to ${max}`;
  check.violate(shown, `Member must have length ${rule}`);
}
