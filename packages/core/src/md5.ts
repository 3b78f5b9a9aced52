// MD5, which Kinesis uses for two things: placing partition keys and sealing aggregates. Aggregates go to
// node:crypto. Keys are hashed here, without an allocation, because a call into crypto costs more than the
// hash of a short key (`npm run bench -- codec`, "partition key"); and so is everything where a FIPS build
// refuses MD5.
import { hash } from "node:crypto";

const BLOCK_BYTES = 64;
const BLOCK_WORDS = 16;

/** A padded 256-unit key, which is at most 768 bytes of UTF-8, fits; a longer one gets its own words. */
const keyWords = new Int32Array(13 * BLOCK_WORDS);
const keyBytes = new Uint8Array(keyWords.buffer);
const encoder = new TextEncoder();
/** The four chaining words, kept across the blocks of one message. */
const state = new Int32Array(4);

const SHIFTS = Int32Array.of(7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21);
const SINES = Int32Array.from({ length: 64 }, (_, i) =>
  Math.floor(2 ** 32 * Math.abs(Math.sin(i + 1))),
);

let cryptoRefusesMd5 = false;

/** The 16-byte digest of some bytes. */
export function md5(bytes: Uint8Array): Uint8Array {
  if (!cryptoRefusesMd5) {
    try {
      return hash("md5", bytes, "buffer");
    } catch {
      cryptoRefusesMd5 = true;
    }
  }
  return md5WithoutCrypto(bytes);
}

/** The same digest, computed here. */
export function md5WithoutCrypto(bytes: Uint8Array): Uint8Array {
  const words = new Int32Array(paddedWords(bytes.length));
  new Uint8Array(words.buffer).set(bytes);
  digestPadded(words, bytes.length, words.length);
  return new Uint8Array(state.buffer.slice(0));
}

/**
 * Writes the digest of a key's UTF-8 bytes as four big-endian words, which is what Kinesis compares with hash ranges;
 * answers how many bytes they are.
 */
export function md5Words(key: string, out: Uint32Array): number {
  const roomy = paddedWords(key.length * 3);
  const fits = roomy <= keyWords.length;
  const words = fits ? keyWords : new Int32Array(roomy);
  const bytes = fits ? keyBytes : new Uint8Array(words.buffer);
  const length = writeUtf8(key, bytes);
  const used = paddedWords(length);
  bytes.fill(0, length, used * 4);
  digestPadded(words, length, used);
  for (let i = 0; i < 4; i += 1) out[i] = swapBytes(state[i] as number);
  return length;
}

/** Short ASCII keys are the rule, and a loop beats the encoder on them. */
function writeUtf8(text: string, bytes: Uint8Array): number {
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) return encoder.encodeInto(text, bytes).written;
    bytes[i] = unit;
  }
  return text.length;
}

/** Words of a message with its 0x80 mark and its 64-bit length. */
function paddedWords(bytes: number): number {
  return Math.ceil((bytes + 9) / BLOCK_BYTES) * BLOCK_WORDS;
}

function digestPadded(words: Int32Array, bytes: number, used: number): void {
  words[bytes >> 2] = (words[bytes >> 2] as number) | (0x80 << ((bytes & 3) * 8));
  words[used - 2] = bytes << 3;
  words[used - 1] = Math.floor(bytes / 0x2000_0000);
  state[0] = 0x67452301;
  state[1] = 0xefcdab89;
  state[2] = 0x98badcfe;
  state[3] = 0x10325476;
  for (let at = 0; at < used; at += BLOCK_WORDS) compress(words, at);
}

/** One block through the 64 steps of RFC 1321, section 3.4. */
function compress(words: Int32Array, at: number): void {
  let a = state[0] as number;
  let b = state[1] as number;
  let c = state[2] as number;
  let d = state[3] as number;
  for (let i = 0; i < 64; i += 1) {
    const round = i >> 4;
    let mix: number;
    let word: number;
    if (round === 0) {
      mix = (b & c) | (~b & d);
      word = i;
    } else if (round === 1) {
      mix = (b & d) | (c & ~d);
      word = (5 * i + 1) & 15;
    } else if (round === 2) {
      mix = b ^ c ^ d;
      word = (3 * i + 5) & 15;
    } else {
      mix = c ^ (b | ~d);
      word = (7 * i) & 15;
    }
    const sum = (a + mix + (words[at + word] as number) + (SINES[i] as number)) | 0;
    const shift = SHIFTS[(round << 2) | (i & 3)] as number;
    a = d;
    d = c;
    c = b;
    b = (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0;
  }
  state[0] = (state[0] as number) + a;
  state[1] = (state[1] as number) + b;
  state[2] = (state[2] as number) + c;
  state[3] = (state[3] as number) + d;
}

function swapBytes(word: number): number {
  return ((word << 24) | ((word << 8) & 0xff_0000) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0;
}
