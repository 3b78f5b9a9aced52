// A dead letter as JSON: what is known of the record, the error in words, and the data as base64.
import type { DeadLetter } from "../handling/dead-letter.ts";

/** What stands in the JSON of an error. */
interface ErrorJson {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: ErrorJson;
}

/** Long enough to tell by, short enough that three of them fit into a Kinesis record beside its data. */
const MAX_TEXT = 4000;
/** How many causes of causes are told. */
const MAX_CAUSES = 2;

/** All of a letter but its data. */
export type LetterFields = Omit<DeadLetter, "data" | "error"> & { readonly error: ErrorJson };

/** What a letter says of its record; `data` is for the sink to encode. */
export function fieldsOf(letter: DeadLetter): LetterFields {
  const { data: _, error, ...fields } = letter;
  return { ...fields, error: errorJson(error, MAX_CAUSES) };
}

/** Whatever a handler throws can be told: a sink that failed on an odd error would stop its shard for good. */
function errorJson(error: unknown, causes: number): ErrorJson {
  try {
    if (!(error instanceof Error)) return { name: typeof error, message: cut(String(error)) };
    const { cause, message, name, stack } = error;
    const code: unknown = "code" in error ? error.code : undefined;
    return {
      name: cut(String(name)),
      message: cut(String(message)),
      ...(typeof code === "string" ? { code: cut(code) } : {}),
      ...(typeof stack === "string" ? { stack: cut(stack) } : {}),
      ...(cause === undefined || causes === 0 ? {} : { cause: errorJson(cause, causes - 1) }),
    };
  } catch {
    return { name: "unknown", message: "what was thrown cannot be told" };
  }
}

function cut(text: string): string {
  return text.slice(0, MAX_TEXT);
}
