// The few instructions of WebAssembly that md5-lanes-code.ts needs, and the module around them, in the binary form of
// the specification: https://webassembly.github.io/spec/core/binary/, version 2.0.

/** Bytes, nested as they were put together. An expression leaves one value on the stack, a statement none. */
export type WasmCode = readonly (number | WasmCode)[];

/** A function that takes an i32, which is local 0; then come its own locals, which begin with 0. */
export interface WasmFunction {
  readonly name: string;
  readonly i32Locals: number;
  readonly vectorLocals: number;
  readonly body: WasmCode;
}

const I32 = 0x7f;
const V128 = 0x7b;
const FUNCTION = 0x60;
const NO_RESULT = 0x40;
const END = 0x0b;
const ANY_ALIGNMENT = 0;

/** What is in memory at the beginning, from a certain place on. */
export interface WasmData {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** Instructions by what they do; those without "I32" work on vectors, most of them on four words at once. */
export const wasm = {
  get: (local: number): WasmCode => [0x20, unsigned(local)],
  set: (local: number, value: WasmCode): WasmCode => [value, 0x21, unsigned(local)],
  i32: (value: number): WasmCode => [0x41, signed(value)],
  addI32: (a: WasmCode, b: WasmCode): WasmCode => [a, b, 0x6a],
  andI32: (a: WasmCode, b: WasmCode): WasmCode => [a, b, 0x71],
  differsI32: (a: WasmCode, b: WasmCode): WasmCode => [a, b, 0x47],
  /** Does its body once, and again as long as the condition, which is looked at after it, is not 0. */
  repeatWhile: (condition: WasmCode, body: WasmCode): WasmCode => [
    [0x03, NO_RESULT, body],
    [condition, 0x0d, 0, END],
  ],
  load: (address: WasmCode, offset: number): WasmCode => [
    address,
    simd(0x00),
    [ANY_ALIGNMENT, unsigned(offset)],
  ],
  /** One word of memory, four times. */
  loadSplat: (address: WasmCode, offset: number): WasmCode => [
    address,
    simd(0x09),
    [ANY_ALIGNMENT, unsigned(offset)],
  ],
  store: (address: WasmCode, offset: number, value: WasmCode): WasmCode => [
    [address, value],
    simd(0x0b),
    [ANY_ALIGNMENT, unsigned(offset)],
  ],
  /** Four words, by their numbers, out of the eight of both. */
  pick: (a: WasmCode, b: WasmCode, words: readonly number[]): WasmCode => [
    [a, b],
    simd(0x0d),
    words.map((word) => [4 * word, 4 * word + 1, 4 * word + 2, 4 * word + 3]),
  ],
  not: (a: WasmCode): WasmCode => [a, simd(0x4d)],
  or: (a: WasmCode, b: WasmCode): WasmCode => [a, b, simd(0x50)],
  xor: (a: WasmCode, b: WasmCode): WasmCode => [a, b, simd(0x51)],
  /** The bits of `a` where `mask` has ones, those of `b` elsewhere. */
  select: (mask: WasmCode, a: WasmCode, b: WasmCode): WasmCode => [a, b, mask, simd(0x52)],
  add: (a: WasmCode, b: WasmCode): WasmCode => [a, b, simd(0xae)],
  shiftLeft: (a: WasmCode, bits: number): WasmCode => [a, wasm.i32(bits), simd(0xab)],
  shiftRight: (a: WasmCode, bits: number): WasmCode => [a, wasm.i32(bits), simd(0xad)],
} as const;

/** A module of a memory with so many pages and some data, exported as "memory", and of functions, exported by name. */
export function assemble(
  pages: number,
  functions: readonly WasmFunction[],
  data: WasmData,
): Uint8Array<ArrayBuffer> {
  const memory = [text("memory"), 2, 0];
  const names = functions.map(({ name }, i) => [text(name), 0, unsigned(i)]);
  const module = [
    [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    section(1, [[FUNCTION, 1, I32, 0]]),
    section(
      3,
      functions.map(() => [0]),
    ),
    section(5, [[1, unsigned(pages), unsigned(pages)]]),
    section(7, [memory, ...names]),
    section(10, functions.map(codeOf)),
    section(11, [[0, wasm.i32(data.at), END, withLength([...data.bytes])]]),
  ];
  return Uint8Array.from(flat(module));
}

function codeOf({ body, i32Locals, vectorLocals }: WasmFunction): WasmCode {
  const locals = [2, unsigned(i32Locals), I32, unsigned(vectorLocals), V128];
  return withLength([locals, body, END]);
}

function section(id: number, items: readonly WasmCode[]): WasmCode {
  return [id, withLength([unsigned(items.length), items])];
}

function text(value: string): WasmCode {
  return withLength([...Buffer.from(value, "latin1")]);
}

function withLength(code: WasmCode): WasmCode {
  const bytes = flat(code);
  return [unsigned(bytes.length), bytes];
}

function flat(code: WasmCode, bytes: number[] = []): number[] {
  for (const item of code) {
    if (typeof item === "number") bytes.push(item);
    else flat(item, bytes);
  }
  return bytes;
}

function simd(instruction: number): WasmCode {
  return [0xfd, unsigned(instruction)];
}

/** Numbers are LEB128: seven bits a byte, the lowest first. */
function unsigned(value: number): WasmCode {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, unsigned(value >>> 7)];
}

function signed(value: number): WasmCode {
  if (value >= -0x40 && value < 0x40) return [value & 0x7f];
  return [(value & 0x7f) | 0x80, signed(value >> 7)];
}
