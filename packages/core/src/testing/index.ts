// What tests need to run Shardline without the platform: time and chance that repeat.
export { SeededRandom } from "./seeded-random.ts";
export { VirtualClock } from "./virtual-clock.ts";
