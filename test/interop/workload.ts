// What is put in these tests: numbered records of many keys, some with an explicit hash key, some too large for an
// aggregate.

/** As many as `npm run full` takes, or enough for the daily run. */
export const RECORDS = process.env["SHARDLINE_FULL"] === "1" ? 1_000_000 : 100_000;

/** How long is waited for all of them. */
export const PATIENCE_MS = 60_000 + RECORDS / 2;

const KEYS = 1_000;
const PER_EXPLICIT = 50;
/** Every other one of them has an explicit hash key, too. */
const PER_LARGE = 5_025;
const LARGE_BYTES = 200_000;
const RING = 1n << 128n;
/** Primes. */
const PLACES = 1_000_003n;
const STRIDE = 618_041n;

/** One user record. */
export interface Workpiece {
  readonly partitionKey: string;
  readonly explicitHashKey?: string;
  readonly data: string;
}

export function workpieceOf(number: number): Workpiece {
  const partitionKey = `key-${number % KEYS}`;
  const text = `${number} `;
  const data = number % PER_LARGE === 0 ? text.padEnd(LARGE_BYTES, "x") : text;
  if (number % PER_EXPLICIT !== 0) return { partitionKey, data };
  return { partitionKey, data, explicitHashKey: `${hashKeyOf(number)}` };
}

/** All over the ring, however few numbers there are. */
function hashKeyOf(number: number): bigint {
  return (RING / PLACES) * ((BigInt(number) * STRIDE) % PLACES);
}

export function numberOf(data: string): number {
  return Number.parseInt(data, 10);
}
