// Pure: numbers, times and names as a person reads them.

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];
const COUNT = new Intl.NumberFormat("en-US");
const SECOND_MS = 1000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;

/**
 * @param {number} value
 * @returns {string} as in `1,204`
 */
export function count(value) {
  return COUNT.format(value);
}

/**
 * @param {number} value
 * @param {string} noun of one
 * @returns {string} as in `1 shard` and `12 shards`
 */
export function countOf(value, noun) {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/**
 * @param {number} value
 * @returns {string} as in `1.2 MiB`, with two digits or more
 */
export function bytes(value) {
  let unit = 0;
  let rest = value;
  while (rest >= 1024 && unit < UNITS.length - 1) {
    rest /= 1024;
    unit += 1;
  }
  const digits = rest < 10 && unit > 0 && !Number.isInteger(rest) ? 1 : 0;
  return `${count(Number(rest.toFixed(digits)))} ${UNITS[unit]}`;
}

/**
 * @param {number} part from 0 to 1
 * @returns {string} as in `6.25 %`
 */
export function share(part) {
  const percent = part * 100;
  const digits = percent >= 10 || percent === 0 ? 0 : percent >= 1 ? 1 : 2;
  return `${Number(percent.toFixed(digits))} %`;
}

/**
 * @param {number} ms
 * @returns {string} as in `0.4 s`, `3 min 20 s` and `5 h 7 min`
 */
export function duration(ms) {
  if (ms < 10 * SECOND_MS) return `${(ms / SECOND_MS).toFixed(1)} s`;
  const seconds = Math.round(ms / SECOND_MS);
  if (ms < MINUTE_MS) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (ms < HOUR_MS) return `${minutes} min ${seconds % 60} s`;
  return `${count(Math.floor(minutes / 60))} h ${minutes % 60} min`;
}

/**
 * @param {number} hours
 * @returns {string} as in `24 hours` and `7 days`
 */
export function retention(hours) {
  const isDays = hours > DAY_HOURS && hours % DAY_HOURS === 0;
  return isDays ? `${count(hours / DAY_HOURS)} days` : `${count(hours)} hours`;
}

/**
 * @param {number} epochMs
 * @returns {string} the time of the day, as in `14:05:09`
 */
export function time(epochMs) {
  const at = new Date(epochMs);
  return [at.getHours(), at.getMinutes(), at.getSeconds()]
    .map((part) => String(part).padStart(2, "0"))
    .join(":");
}

/**
 * A shard by its number.
 * @param {string} shardId
 * @returns {string} as in `12`; what is no id of a shard stays as it is
 */
export function shardNumber(shardId) {
  const [, digits] = /^shardId-0*(\d+)$/.exec(shardId) ?? [];
  return digits ?? shardId;
}

/**
 * Shards by their numbers, those in a row drawn together.
 * @param {readonly string[]} shardIds
 * @returns {string} as in `0–3, 7`
 */
export function shardNumbers(shardIds) {
  /** @type {{ first: number, last: number }[]} */
  const runs = [];
  for (const number of shardIds.map((id) => Number(shardNumber(id))).toSorted(byNumber)) {
    const run = runs.at(-1);
    if (run !== undefined && number === run.last + 1) run.last = number;
    else runs.push({ first: number, last: number });
  }
  return runs
    .map(({ first, last }) => (first === last ? `${first}` : `${first}–${last}`))
    .join(", ");
}

/**
 * @param {number} a
 * @param {number} b
 */
function byNumber(a, b) {
  return a - b;
}
