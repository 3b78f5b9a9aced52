// Stands between a port and whoever calls it: a test replaces single methods, and calls the real one as it likes.

/** What a test puts in the place of some methods; `next` is the real one. */
export type Interceptors<Port> = {
  readonly [Method in keyof Port]?: NonNullable<Port[Method]> extends (
    ...args: infer Args
  ) => infer Result
    ? (next: (...args: Args) => Result, ...args: Args) => Result
    : never;
};

/** The same port with some of its methods replaced. */
export function intercept<Port extends object>(port: Port, interceptors: Interceptors<Port>): Port {
  return new Proxy(port, {
    get(target, name) {
      const real = Reflect.get(target, name) as unknown;
      const own = Reflect.get(interceptors, name) as unknown;
      if (typeof real !== "function") return real;
      const next = real.bind(target) as (...args: unknown[]) => unknown;
      if (typeof own !== "function") return next;
      return (...args: unknown[]) => own(next, ...args);
    },
  });
}
