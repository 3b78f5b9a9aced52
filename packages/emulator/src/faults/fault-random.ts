// Chance of fault rules. Every rule has a stream of numbers of its own, and in it every call a stretch of its own:
// so neither other rules, nor the number of entries of an earlier call, nor whatever else draws from the emulator's
// source shifts what a rule draws for its nth call.

/** Numbers from 0 to below 1; the same parts give the same ones. */
export function drawsOf(seed: number, rule: number, call: number): () => number {
  let state = mixed(mixed(seed, rule), call);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    return (scrambled(state) >>> 0) / 2 ** 32;
  };
}

function mixed(a: number, b: number): number {
  return scrambled((Math.imul(a, 0x9e3779b1) + b + 0x85ebca6b) | 0);
}

/** The finisher of MurmurHash3, by Austin Appleby. */
function scrambled(value: number): number {
  let bits = value ^ (value >>> 16);
  bits = Math.imul(bits, 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
