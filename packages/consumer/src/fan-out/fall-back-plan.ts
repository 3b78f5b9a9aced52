// Pure: subscriptions that did not last -> whether the shard is polled, and for how long.

const FALL_BACK_AFTER = 5;
const COME_BACK_BASE_MS = 60_000;
const COME_BACK_MAX_MS = 600_000;

/** Whether so many that did not last are too many. */
export function mustFallBack(shortLives: number): boolean {
  return shortLives >= FALL_BACK_AFTER;
}

/** How long a shard is polled before it is subscribed to again, the nth time in a row. */
export function comeBackAfterMs(fallbacks: number): number {
  return Math.min(COME_BACK_MAX_MS, COME_BACK_BASE_MS * 2 ** Math.min(fallbacks - 1, 30));
}
