// A partition key with what is found out about it once: how long it is in UTF-8, and which hash key it has.
import { md5Words } from "@shardline/core";

/** A partition key as an aggregate takes it. */
export interface KeyText {
  readonly text: string;
  /** In UTF-8. */
  readonly bytes: number;
  /** What the aggregate's table of keys may go by; it finds something itself if that is left out. */
  readonly hash: number | undefined;
}

export interface HashedKey extends KeyText {
  /** Its hash key, as four words. */
  readonly words: Uint32Array;
}

/** Hashes a partition key. */
export function hashedKey(text: string): HashedKey {
  const words = new Uint32Array(4);
  const bytes = md5Words(text, words);
  return { text, bytes, hash: (words[0] as number) | 0, words };
}
