// Content of a record -> the hash key that places it: as a number for carriers, as words for lanes.
import { hashKeyOf, md5Words, writeHashKeyWords } from "@shardline/core";
import type { RecordContent } from "./pending-record.ts";

/** The hash key that places a record. */
export function hashKeyOfContent(content: RecordContent): bigint {
  const { explicitHashKey, partitionKey } = content;
  return explicitHashKey === undefined ? hashKeyOf(partitionKey) : BigInt(explicitHashKey);
}

/** The same as four words, without a number in between unless the caller gave one. */
export function writeHashKeyOf(content: RecordContent, words: Uint32Array): void {
  const { explicitHashKey, partitionKey } = content;
  if (explicitHashKey === undefined) md5Words(partitionKey, words);
  else writeHashKeyWords(BigInt(explicitHashKey), words, 0);
}
