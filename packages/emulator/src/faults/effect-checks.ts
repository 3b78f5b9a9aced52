// Reads effects as they come from outside: every problem is told, every default filled in.
import {
  type Check,
  group,
  integer,
  number,
  optional,
  parsed,
  required,
  withDefault,
  wrong,
} from "@shardline/core";
import type { EffectOf, FaultEffect, SettledEffect } from "./fault-effects.ts";
import type { Latency } from "./outcome-effects.ts";
import { HTTP2_CODES, type Http2Code } from "./wire-effects.ts";
import { OPERATION_NAMES } from "./operation-names.ts";
import { word } from "./word-check.ts";

type Kind = FaultEffect["kind"];
type KindChecks = { readonly [K in Kind]: Check<EffectOf<K>> };
/** One check per member but `kind`, which chose the check. */
type MemberChecks<Effect> = {
  readonly [Name in Exclude<keyof Effect, "kind">]: Check<Effect[Name]>;
};

const HOUR_MS = 3_600_000;
const YEAR_MS = 365 * 24 * HOUR_MS;

const SHARE = withDefault(number({ min: Number.MIN_VALUE, max: 1 }), 1);
const AFTER = withDefault(integer({ min: 0, max: 1_000_000 }), 0);
const NAME = parsed("a name of letters", (text) => (/^\w{1,128}$/.test(text) ? text : undefined));
const TEXT = parsed("a text of at most 10,000 characters", (text) =>
  text.length <= 10_000 ? text : undefined,
);
const HTTP2_CODE: Check<Http2Code> = withDefault(word(...HTTP2_CODES), "INTERNAL_ERROR");
/** A subscription is nothing that somebody could make in passing. */
const OPERATION = word(
  ...(OPERATION_NAMES.kinesis.filter(
    (name) => name !== "SubscribeToShard",
  ) as readonly string[] as readonly [string, ...string[]]),
);
const AGO_MS = integer({ min: 1, max: YEAR_MS });

const LATENCY: Check<Latency> = (value, path, problems) => {
  const ms = number({ min: 0, max: HOUR_MS });
  if (typeof value === "number") return ms(value, path, problems);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    problems.push(wrong(path, "a number of ms, { min, max } or { median, sigma }", value));
    return 0;
  }
  if ("median" in value || "sigma" in value) {
    const sigma = number({ min: Number.MIN_VALUE, max: 4 });
    return group<Extract<Latency, { median: number }>>({
      median: required(ms),
      sigma: required(sigma),
    })(value, path, problems);
  }
  const range = group<Extract<Latency, { min: number }>>({
    min: required(ms),
    max: required(ms),
  })(value, path, problems);
  if (range.min > range.max) problems.push(`${path}.min must not exceed ${path}.max`);
  return range;
};

const INDICES: Check<readonly number[]> = (value, path, problems) => {
  if (!Array.isArray(value) || value.length > 500) {
    problems.push(wrong(path, "a list of at most 500 indices", value));
    return [];
  }
  const index = integer({ min: 0, max: 499 });
  return value.map((item: unknown, i) => index(item, `${path}[${i}]`, problems));
};

/** A copy, so that a rule stays what it was when it was checked. */
const MEANWHILE_INPUT: Check<Readonly<Record<string, unknown>>> = (value, path, problems) => {
  try {
    const copy = JSON.parse(JSON.stringify(value) ?? "null") as unknown;
    if (typeof copy === "object" && copy !== null && !Array.isArray(copy)) return { ...copy };
  } catch {
    // Cycles and bigints are no JSON.
  }
  problems.push(wrong(path, "an object of JSON", value));
  return {};
};

const CHECKS: KindChecks = {
  throttle: effect("throttle", {
    shardId: optional(TEXT),
    share: SHARE,
    as: withDefault(word("entries", "exception"), "entries"),
  }),
  failRecords: effect("failRecords", {
    indices: optional(INDICES),
    fraction: SHARE,
    code: withDefault(
      word("InternalFailure", "ProvisionedThroughputExceededException"),
      "InternalFailure",
    ),
  }),
  expireIterators: effect("expireIterators", {}),
  expireTokens: effect("expireTokens", {}),
  sparseReads: effect("sparseReads", {
    maxRecords: withDefault(integer({ min: 0, max: 10_000 }), 0),
  }),
  iteratorAge: effect("iteratorAge", { ms: required(integer({ min: 0, max: YEAR_MS })) }),
  staleShardMap: effect("staleShardMap", { ms: required(AGO_MS) }),
  clockSkew: effect("clockSkew", { ms: required(integer({ min: -YEAR_MS, max: YEAR_MS })) }),
  meanwhile: effect("meanwhile", {
    operation: required(OPERATION),
    input: withDefault(MEANWHILE_INPUT, {}),
  }),
  trim: effect("trim", {}),
  error: effect("error", {
    type: optional(NAME),
    message: optional(TEXT),
    status: optional(integer({ min: 400, max: 599 })),
    body: withDefault(word("model", "html", "empty"), "model"),
  }),
  latency: effect("latency", {
    ms: required(LATENCY),
    when: withDefault(word("before", "after"), "before"),
  }),
  hang: effect("hang", {}),
  unavailable: effect("unavailable", {}),
  commitThenDrop: effect("commitThenDrop", {
    how: withDefault(word("close", "reset", "hang"), "reset"),
  }),
  reset: effect("reset", {}),
  resetStream: effect("resetStream", { code: HTTP2_CODE }),
  goAway: effect("goAway", { code: HTTP2_CODE }),
  cutBody: effect("cutBody", { afterBytes: optional(integer({ min: 0, max: 100_000_000 })) }),
  corrupt: effect("corrupt", {
    how: withDefault(word("truncated", "empty", "wrongCount", "shuffled"), "truncated"),
  }),
  delayEvents: effect("delayEvents", { ms: required(integer({ min: 0, max: HOUR_MS })) }),
  dropHeartbeats: effect("dropHeartbeats", {}),
  silence: effect("silence", { afterEvents: AFTER }),
  failEvents: effect("failEvents", {
    type: withDefault(NAME, "InternalFailureException"),
    message: optional(TEXT),
    afterEvents: AFTER,
  }),
  endEvents: effect("endEvents", { afterEvents: AFTER }),
  takeOver: effect("takeOver", { afterEvents: AFTER }),
  staleContinuation: effect("staleContinuation", {}),
  cutFrames: effect("cutFrames", {
    how: withDefault(word("clean", "dirty", "truncated", "resetStream"), "dirty"),
    afterFrames: AFTER,
  }),
  badChecksum: effect("badChecksum", { afterFrames: AFTER }),
  splitFrames: effect("splitFrames", {
    bytes: withDefault(integer({ min: 1, max: 1_048_576 }), 1),
  }),
};

const KIND = word(...(Object.keys(CHECKS) as readonly Kind[] as readonly [Kind, ...Kind[]]));

/** Reads an effect; what is wrong with it is not valid. */
export const checkEffect: Check<SettledEffect> = (value, path, problems) => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    problems.push(wrong(path || "effect", 'an effect, such as { kind: "hang" }', value));
    return CHECKS.hang({ kind: "hang" }, path, []);
  }
  const { kind } = value as { readonly kind?: unknown };
  const before = problems.length;
  const known = required(KIND)(kind, path === "" ? "kind" : `${path}.kind`, problems);
  if (problems.length > before) return CHECKS.hang({ kind: "hang" }, path, []);
  const effect = CHECKS[known](value, path, problems);
  if (effect.kind === "error" && (effect.type ?? effect.status) === undefined) {
    problems.push(`${path || "effect"} needs a type or a status`);
  }
  return effect;
};

function effect<K extends Kind>(kind: K, members: MemberChecks<EffectOf<K>>): Check<EffectOf<K>> {
  return group({ kind: word(kind), ...members } as never) as Check<never>;
}
