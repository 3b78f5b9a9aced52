// MD5 (RFC 1321) of up to 16 messages at once, as code for WebAssembly's vectors of four words. A single message keeps
// a processor waiting, because each step needs the outcome of the one before it; four messages in a vector, and three
// vectors more in between, take little longer than one.
import { assemble, wasm, type WasmCode, type WasmFunction } from "./wasm-assembler.ts";

const VECTORS = 4;
/** How many messages one vector holds, word by word. */
const VECTOR_LANES = 4;
/** How many messages "digestAll" takes at most, and how many "digestFew". */
export const LANES: { readonly all: number; readonly few: number } = {
  all: VECTORS * VECTOR_LANES,
  few: VECTOR_LANES,
};

const VECTOR_BYTES = 16;
export const BLOCK_BYTES = 64;
const BLOCK_WORDS = 16;
const PAGE_BYTES = 65_536;

/** In memory, the states come first: the words `a` of all lanes, then `b`, `c` and `d`. */
const STATE_BYTES: number = 4 * VECTORS * VECTOR_BYTES;
/** Then a block of each lane, turned: the first words of a vector's lanes, then the second ones, and so on. */
const TURNED_AT: number = STATE_BYTES;
/** Then the windows: so much of each message is there at a time. */
export const WINDOW_BYTES = 8192;
const WINDOWS_AT: number = TURNED_AT + LANES.all * BLOCK_BYTES;
const PAGES: number = Math.ceil((WINDOWS_AT + LANES.all * WINDOW_BYTES) / PAGE_BYTES);

/** Where a word of a lane's state is, which is little-endian. */
export function stateWordAt(lane: number, word: number): number {
  return (word * LANES.all + lane) * 4;
}

/** Where the window of a lane begins. */
export function windowAt(lane: number): number {
  return WINDOWS_AT + lane * WINDOW_BYTES;
}

/**
 * A module that takes all lanes ("digestAll"), or those of the first vector alone ("digestFew"), through as many bytes of
 * their windows as it is told: whole blocks, and at least one.
 */
export function assembleMd5Lanes(): Uint8Array<ArrayBuffer> {
  return assemble(PAGES, [digestWindows("digestAll", VECTORS), digestWindows("digestFew", 1)]);
}

/** The locals: what is asked for, what is done of it, vectors for a moment's use, and a, b, c and d of each vector. */
const END = 0;
const AT = 1;
const SPARE = [2, 3, 4, 5, 6, 7] as const;
const FIRST_STATE: number = 2 + SPARE.length;

/** The numbers of a, b, c and d; of four of anything. */
const WORDS = [0, 1, 2, 3] as const;

const { add, get, i32, load, not, or, pick, select, set, store, xor } = wasm;
const START = i32(0);

function digestWindows(name: string, vectors: number): WasmFunction {
  const each = Array.from({ length: vectors }, (_, vector) => vector);
  const steps = Array.from({ length: 64 }, (_, i) => each.map((vector) => step(i, vector)));
  const block = [
    each.map(turnBlock),
    steps,
    each.map(addToState),
    set(AT, wasm.addI32(get(AT), i32(BLOCK_BYTES))),
  ];
  const isMore = wasm.differsI32(get(AT), get(END));
  return {
    name,
    vectorLocals: SPARE.length + vectors * WORDS.length,
    body: [each.map(loadState), wasm.repeatWhile(isMore, block)],
  };
}

function loadState(vector: number): WasmCode {
  return WORDS.map((word) => set(stateOf(vector, word), load(START, stateAt(vector, word))));
}

function addToState(vector: number): WasmCode {
  return WORDS.map((word) => {
    const local = stateOf(vector, word);
    const place = stateAt(vector, word);
    const sum = add(get(local), load(START, place));
    return [set(local, sum), store(START, place, get(local))];
  });
}

/** Words lie message by message and are needed side by side: each four words of four lanes change rows for columns. */
function turnBlock(vector: number): WasmCode {
  const [row0, row1, row2, row3, left, right] = SPARE;
  return WORDS.map((quarter) => [
    [row0, row1, row2, row3].map((row, i) => {
      const lane = vector * VECTOR_LANES + i;
      return set(row, load(get(AT), windowAt(lane) + quarter * VECTOR_BYTES));
    }),
    [0, 2].map((column) => {
      const pairs = [column, column + 4, column + 1, column + 5];
      const place = turnedAt(vector, quarter * 4 + column);
      return [
        set(left, pick(get(row0), get(row1), pairs)),
        set(right, pick(get(row2), get(row3), pairs)),
        store(START, place, pick(get(left), get(right), [0, 1, 4, 5])),
        store(START, place + VECTOR_BYTES, pick(get(left), get(right), [2, 3, 6, 7])),
      ];
    }),
  ]);
}

/** The rounds of 16 steps: what they make of b, c and d, which word of the block they add, and how far they rotate. */
const ROUNDS = [
  {
    mix: (b: WasmCode, c: WasmCode, d: WasmCode): WasmCode => select(b, c, d),
    wordOf: (step: number): number => step,
    bits: [7, 12, 17, 22],
  },
  {
    mix: (b: WasmCode, c: WasmCode, d: WasmCode): WasmCode => select(d, b, c),
    wordOf: (step: number): number => 5 * step + 1,
    bits: [5, 9, 14, 20],
  },
  {
    mix: (b: WasmCode, c: WasmCode, d: WasmCode): WasmCode => xor(b, xor(c, d)),
    wordOf: (step: number): number => 3 * step + 5,
    bits: [4, 11, 16, 23],
  },
  {
    mix: (b: WasmCode, c: WasmCode, d: WasmCode): WasmCode => xor(c, or(b, not(d))),
    wordOf: (step: number): number => 7 * step,
    bits: [6, 10, 15, 21],
  },
] as const;

function step(i: number, vector: number): WasmCode {
  const { bits, mix, wordOf } = ROUNDS[i >> 4] as (typeof ROUNDS)[number];
  // From step to step the locals change their roles, which saves moving their values.
  const local = (role: number): number => stateOf(vector, (role - i) & 3);
  const [a, b, c, d] = [local(0), get(local(1)), get(local(2)), get(local(3))];
  const sine = wasm.splat(Math.floor(2 ** 32 * Math.abs(Math.sin(i + 1))) | 0);
  const word = load(START, turnedAt(vector, wordOf(i) % BLOCK_WORDS));
  const far = bits[i & 3] as number;
  return [
    set(a, add(add(get(a), add(word, sine)), mix(b, c, d))),
    set(a, or(wasm.shiftLeft(get(a), far), wasm.shiftRight(get(a), 32 - far))),
    set(a, add(get(a), b)),
  ];
}

function stateOf(vector: number, word: number): number {
  return FIRST_STATE + vector * WORDS.length + word;
}

function stateAt(vector: number, word: number): number {
  return stateWordAt(vector * VECTOR_LANES, word);
}

function turnedAt(vector: number, word: number): number {
  return TURNED_AT + (vector * BLOCK_WORDS + word) * VECTOR_BYTES;
}
