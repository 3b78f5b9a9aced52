// The input of a demo that is given none: visitors clicking through a shop, the same every time.
import { SeededRandom } from "@shardline/core/testing";

const SEED = 20_261_121;
const VISITORS = 400;
const PAGES = ["/", "/search", "/product", "/cart", "/checkout", "/account", "/help"] as const;
const BROWSERS = ["Firefox/145.0", "Chrome/142.0", "Safari/26.1", "Edge/142.0"] as const;
const FIRST_CLICK_MS = Date.UTC(2026, 10, 21, 8);
const MEAN_GAP_MS = 40;

/** Lines of a click log: visitor first, then time, page, duration and browser. */
export function clickStream(count: number): Buffer[] {
  const random = new SeededRandom(SEED);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random.next() * items.length)] as T;
  let atMs = FIRST_CLICK_MS;
  return Array.from({ length: count }, () => {
    atMs += -Math.log(1 - random.next()) * MEAN_GAP_MS;
    // A few visitors click a lot, most click a little.
    const visitor = Math.floor(VISITORS * random.next() ** 3);
    const page = pick(PAGES);
    const path = page === "/product" ? `${page}/${Math.floor(random.next() * 5000)}` : page;
    const tookMs = Math.floor(20 + 400 * random.next() ** 2);
    const when = new Date(atMs).toISOString();
    return Buffer.from(`visitor-${visitor} ${when} GET ${path} ${tookMs}ms ${pick(BROWSERS)}`);
  });
}
