// Looks at promises without waiting for them, and promises that a test settles by hand.

export interface Tracked<T> {
  /** "pending", or how it ended. */
  readonly state: () => "pending" | "resolved" | "rejected";
  readonly value: () => T;
  readonly reason: () => unknown;
}

/** Watches a promise; a rejection counts as handled. */
export function track<T>(promise: Promise<T>): Tracked<T> {
  let result: PromiseSettledResult<T> | undefined;
  promise.then(
    (value) => {
      result = { status: "fulfilled", value };
    },
    (reason: unknown) => {
      result = { status: "rejected", reason };
    },
  );
  return {
    state: () => {
      if (result === undefined) return "pending";
      return result.status === "fulfilled" ? "resolved" : "rejected";
    },
    value: () => {
      if (result?.status !== "fulfilled") throw new Error("the promise is not resolved");
      return result.value;
    },
    reason: () => {
      if (result?.status !== "rejected") throw new Error("the promise is not rejected");
      return result.reason;
    },
  };
}

/** A promise and the means to settle it. */
export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
  fail(error: unknown): void;
}

export function newGate(): Gate {
  let open: () => void = () => undefined;
  let fail: (error: unknown) => void = () => undefined;
  const opened = new Promise<void>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  return { opened, open: () => open(), fail: (error) => fail(error) };
}
