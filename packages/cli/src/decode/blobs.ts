// What was piped into `shardline decode` -> the data of Kinesis records: one as it is, or several written as text.
import { isAggregate } from "@shardline/aggregation";

/** How data is written. */
export type BlobForm = "raw" | "base64" | "hex";

/** Data, and how it was read. */
export interface Blob {
  readonly readAs: BlobForm;
  readonly data: Buffer;
}

const MAGIC = Buffer.from("f3899ac2", "hex");
/** Found nowhere in the word, because a pattern for all of a long word would exhaust the stack. */
const NOT_HEX = /[^0-9a-f]/i;
/** Both alphabets. */
const NOT_BASE64 = /[^\w+/-]/;
const PADDING = /={1,2}$/;

function isHex(word: string): boolean {
  return word.length % 2 === 0 && !NOT_HEX.test(word);
}

/** With padding or without. */
function isBase64(word: string): boolean {
  const digits = word.replace(PADDING, "");
  const isWhole = digits.length === word.length || word.length % 4 === 0;
  return isWhole && digits.length % 4 !== 1 && !NOT_BASE64.test(digits);
}

/**
 * Reads blobs in a form, or in the one that the input looks like: raw if it begins as an aggregate does or is no
 * text of such words, else each word as hex or base64.
 * @throws Error if a word is not in the form asked for
 */
export function readBlobs(input: Buffer, form: BlobForm | "auto"): Blob[] {
  if (input.length === 0) return [];
  const raw: Blob = { readAs: "raw", data: input };
  if (form === "raw" || input.subarray(0, MAGIC.length).equals(MAGIC)) return [raw];
  const words = input.toString("latin1").split(/\s+/).filter(Boolean);
  if (form === "auto" && !words.every((word) => isBase64(word) || isHex(word))) return [raw];
  const blobs = words.map((word, i) => readWord(word, form, i + 1));
  return wrapped(words, form) ?? blobs;
}

function readWord(word: string, form: "auto" | "base64" | "hex", number: number): Blob {
  // Hex could be base64 too, but no aggregate's base64 is hex: it begins with 84maw.
  const found = isHex(word) ? "hex" : "base64";
  const readAs = form === "auto" ? found : form;
  const isFine = readAs === "hex" ? isHex(word) : isBase64(word);
  if (!isFine) throw new Error(`word ${number} of the input is not ${readAs}`);
  return { readAs, data: Buffer.from(word, readAs) };
}

/** One blob whose text was broken into lines, as `base64` and `xxd` write it: only its whole has a right digest. */
function wrapped(words: readonly string[], form: "auto" | "base64" | "hex"): Blob[] | undefined {
  if (words.length < 2) return undefined;
  const text = words.join("");
  const forms = form === "auto" ? (["hex", "base64"] as const) : [form];
  for (const readAs of forms) {
    const isFine = readAs === "hex" ? isHex(text) : isBase64(text);
    const data = Buffer.from(isFine ? text : "", readAs);
    if (isAggregate(data)) return [{ readAs, data }];
  }
  return undefined;
}
