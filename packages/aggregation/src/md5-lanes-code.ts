// MD5 (RFC 1321) of up to 16 messages at once, as code for WebAssembly's vectors of four words. A single message keeps
// a processor waiting, because each step needs the outcome of the one before it; four messages in a vector, and three
// vectors more in between, take little longer than one. All 64 steps written out would hardly fit into a
// processor's cache for instructions, and it would be luck, process by process, how fast they are.
import {
  assemble,
  wasm,
  type WasmCode,
  type WasmData,
  type WasmFunction,
} from "./wasm-assembler.ts";

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
const WORD_BYTES = 4;
const STEPS = 64;
const PAGE_BYTES = 65_536;

/** In memory, the states come first: the words `a` of all lanes, then `b`, `c` and `d`. */
const STATE_BYTES: number = 4 * VECTORS * VECTOR_BYTES;
/** Then a block of each lane, turned: the first words of a vector's lanes, then the second ones, and so on. */
const TURNED_AT: number = STATE_BYTES;
/** Then the 64 numbers that the steps add. */
const SINES_AT: number = TURNED_AT + LANES.all * BLOCK_BYTES;
/** Then the windows: so much of each message is there at a time. */
export const WINDOW_BYTES = 8192;
const WINDOWS_AT: number = SINES_AT + STEPS * WORD_BYTES;
const PAGES: number = Math.ceil((WINDOWS_AT + LANES.all * WINDOW_BYTES) / PAGE_BYTES);

/** Where a word of a lane's state is, which is little-endian. */
export function stateWordAt(lane: number, word: number): number {
  return (word * LANES.all + lane) * WORD_BYTES;
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
  const functions = [digestWindows("digestAll", VECTORS), digestWindows("digestFew", 1)];
  return assemble(PAGES, functions, sines());
}

// The locals of both functions.
/** How many bytes of each window are asked for, and how many are done. */
const END = 0;
const AT = 1;
/** Which step comes next, and where its word of the turned block is: places in memory, from the first on. */
const STEP = 2;
const WORD = 3;
const I32_LOCALS = 3;
/** The number that it adds; some vectors for a moment's use; then a, b, c and d of each vector. */
const SINE = 4;
const SPARE = [5, 6, 7, 8, 9, 10] as const;
const FIRST_STATE: number = SINE + 1 + SPARE.length;

/** The numbers of a, b, c and d; of four of anything. */
const WORDS = [0, 1, 2, 3] as const;

const { add, addI32, get, i32, load, not, or, pick, select, set, store, xor } = wasm;
const START = i32(0);

function digestWindows(name: string, vectors: number): WasmFunction {
  const each = Array.from({ length: vectors }, (_, vector) => vector);
  const block = [
    each.map(turnBlock),
    set(STEP, START),
    ROUNDS.map((_, round) => steps(round, each)),
    each.map(addToState),
    set(AT, addI32(get(AT), i32(BLOCK_BYTES))),
  ];
  const isMore = wasm.differsI32(get(AT), get(END));
  return {
    name,
    i32Locals: I32_LOCALS,
    vectorLocals: 1 + SPARE.length + vectors * WORDS.length,
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

type Mix = (b: WasmCode, c: WasmCode, d: WasmCode) => WasmCode;

interface Round {
  readonly mix: Mix;
  /** The word of the block that its first step adds, and how many words further the next one is. */
  readonly first: number;
  readonly stride: number;
  /** How far its steps rotate, in turn. */
  readonly bits: readonly number[];
}

/** Of 16 steps each. */
const ROUNDS: readonly Round[] = [
  { mix: (b, c, d) => select(b, c, d), first: 0, stride: 1, bits: [7, 12, 17, 22] },
  { mix: (b, c, d) => select(d, b, c), first: 1, stride: 5, bits: [5, 9, 14, 20] },
  { mix: (b, c, d) => xor(b, xor(c, d)), first: 5, stride: 3, bits: [4, 11, 16, 23] },
  { mix: (b, c, d) => xor(c, or(b, not(d))), first: 0, stride: 7, bits: [6, 10, 15, 21] },
];

/** A round, four steps at a time: after these a, b, c and d are again in the locals where they were. */
function steps(round: number, vectors: readonly number[]): WasmCode {
  const { bits, first, mix, stride } = ROUNDS[round] as Round;
  const nextWord = addI32(get(WORD), i32(stride * VECTOR_BYTES));
  const roundEnd = i32((round + 1) * 16 * WORD_BYTES);
  return [
    set(WORD, i32(first * VECTOR_BYTES)),
    wasm.repeatWhile(wasm.differsI32(get(STEP), roundEnd), [
      bits.map((far, i) => [
        set(SINE, wasm.loadSplat(get(STEP), SINES_AT + i * WORD_BYTES)),
        vectors.map((vector) => step(vector, i, mix, far)),
        set(WORD, wasm.andI32(nextWord, i32(16 * VECTOR_BYTES - 1))),
      ]),
      set(STEP, addI32(get(STEP), i32(bits.length * WORD_BYTES))),
    ]),
  ];
}

function step(vector: number, i: number, mix: Mix, far: number): WasmCode {
  // The locals change their roles, which saves moving their values.
  const local = (role: number): number => stateOf(vector, (role - i) & 3);
  const [a, b, c, d] = [local(0), get(local(1)), get(local(2)), get(local(3))];
  const word = load(get(WORD), turnedAt(vector, 0));
  return [
    set(a, add(add(get(a), add(word, get(SINE))), mix(b, c, d))),
    set(a, or(wasm.shiftLeft(get(a), far), wasm.shiftRight(get(a), 32 - far))),
    set(a, add(get(a), b)),
  ];
}

function sines(): WasmData {
  const data = new DataView(new ArrayBuffer(STEPS * WORD_BYTES));
  for (let i = 0; i < STEPS; i += 1) {
    data.setUint32(i * WORD_BYTES, Math.floor(2 ** 32 * Math.abs(Math.sin(i + 1))), true);
  }
  return { at: SINES_AT, bytes: new Uint8Array(data.buffer) };
}

function stateOf(vector: number, word: number): number {
  return FIRST_STATE + vector * WORDS.length + word;
}

function stateAt(vector: number, word: number): number {
  return stateWordAt(vector * VECTOR_LANES, word);
}

function turnedAt(vector: number, word: number): number {
  return TURNED_AT + (vector * 16 + word) * VECTOR_BYTES;
}
