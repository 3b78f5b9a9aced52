// Pure: which effects come in the place of a call, and which take its answer away once it took effect.
import type { EffectOf, FaultEffect, SettledEffect } from "./fault-effects.ts";
import type { Http2Code } from "./wire-effects.ts";
import type { WireFault } from "../http/wire-fault.ts";

/** What comes instead of a call. */
export type Instead =
  | {
      readonly kind: "failure";
      readonly effect: EffectOf<
        "error" | "expireIterators" | "expireTokens" | "throttle" | "unavailable"
      >;
    }
  | { readonly kind: "hang" }
  | { readonly kind: "wire"; readonly fault: WireFault };

/** What becomes of the answer of a call that took effect. */
export type Ending =
  | { readonly kind: "hang" }
  | { readonly kind: "wire"; readonly fault: WireFault }
  | { readonly kind: "corrupt"; readonly how: EffectOf<"corrupt">["how"] };

type Readers<Result> = {
  readonly [Kind in FaultEffect["kind"]]?: (effect: EffectOf<Kind>) => Result | undefined;
};

const INSTEAD: Readers<Instead> = {
  throttle: asFailure,
  error: asFailure,
  expireIterators: asFailure,
  expireTokens: asFailure,
  unavailable: asFailure,
  hang: () => ({ kind: "hang" }),
  reset: () => ({ kind: "wire", fault: { kind: "reset" } }),
  resetStream: ({ code }) => ({ kind: "wire", fault: { kind: "resetStream", code } }),
  goAway: ({ code }) => (code === "NO_ERROR" ? undefined : goAway(code)),
};

const ENDINGS: Readers<Ending> = {
  commitThenDrop: ({ how }) =>
    how === "hang" ? { kind: "hang" } : { kind: "wire", fault: { kind: how } },
  goAway: ({ code }) => (code === "NO_ERROR" ? goAway(code) : undefined),
  cutBody: ({ afterBytes }) => ({ kind: "wire", fault: { kind: "cutBody", afterBytes } }),
  corrupt: ({ how }) => ({ kind: "corrupt", how }),
};

/** What an effect puts in the place of a call of some operation. */
export function insteadOf(operation: string, effect: SettledEffect): Instead | undefined {
  const isOfEntries = effect.kind === "throttle" && effect.as === "entries";
  if (isOfEntries && operation === "PutRecords") return undefined;
  return readBy(INSTEAD, effect);
}

/** What an effect does to the answer of a call that took effect. */
export function endingOf(effect: SettledEffect): Ending | undefined {
  return readBy(ENDINGS, effect);
}

function readBy<Result>(readers: Readers<Result>, effect: SettledEffect): Result | undefined {
  const reader = readers[effect.kind] as
    | ((effect: SettledEffect) => Result | undefined)
    | undefined;
  return reader?.(effect);
}

function asFailure(effect: Extract<Instead, { kind: "failure" }>["effect"]): Instead {
  return { kind: "failure", effect };
}

function goAway(code: Http2Code): { readonly kind: "wire"; readonly fault: WireFault } {
  return {
    kind: "wire",
    fault: { kind: "goAway", code, answers: code === "NO_ERROR" },
  };
}
