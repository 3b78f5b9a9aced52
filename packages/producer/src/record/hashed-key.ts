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

/** Its hash key is four signed integers, because an array would be most of what a new key costs the garbage collector. */
export interface HashedKey extends KeyText {
  /** The first of the four. */
  readonly hash: number;
  readonly second: number;
  readonly third: number;
  readonly fourth: number;
}

const words = new Uint32Array(4);
const integers = new Int32Array(words.buffer);

/** Hashes a partition key. */
export function hashedKey(text: string): HashedKey {
  const bytes = md5Words(text, words);
  const hash = integers[0] as number;
  const second = integers[1] as number;
  const third = integers[2] as number;
  const fourth = integers[3] as number;
  return { text, bytes, hash, second, third, fourth };
}

/** Writes the hash key of a partition key as four words, and answers them. */
export function wordsOf({ fourth, hash, second, third }: HashedKey, out: Uint32Array): Uint32Array {
  out[0] = hash;
  out[1] = second;
  out[2] = third;
  out[3] = fourth;
  return out;
}
