// A port whose calls take their time, each way, as over a network.
import type { Clock, Random } from "@shardline/core";

/** Every method but those that are not asynchronous; each way takes from `minMs` to `maxMs`. */
export function slowly<Port extends object>(
  port: Port,
  clock: Clock,
  random: Random,
  [minMs, maxMs]: readonly [number, number],
): Port {
  const way = (): Promise<void> =>
    new Promise((resolve) => {
      clock.startTimer(minMs + random.next() * (maxMs - minMs), resolve);
    });
  return new Proxy(port, {
    get(target, name) {
      const method = Reflect.get(target, name) as unknown;
      if (typeof method !== "function") return method;
      return async (...args: unknown[]) => {
        await way();
        const answer = await (method.apply(target, args) as Promise<unknown>);
        await way();
        return answer;
      };
    },
  });
}
