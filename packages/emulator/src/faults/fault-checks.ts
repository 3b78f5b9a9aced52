// Reads rules as they come from outside, by API, HTTP or file: all problems are told at once, misspelt words with
// the nearest known one, and the rule that comes out has every default filled in.
import {
  type Check,
  group,
  integer,
  KinesisError,
  number,
  optional,
  parsed,
  required,
  withDefault,
  wrong,
} from "@shardline/core";
import { checkEffect } from "./effect-checks.ts";
import { operationsOfEffect } from "./effect-operations.ts";
import {
  type FaultPreset,
  operationsOfPreset,
  PRESET_NAMES,
  ruleOfPreset,
} from "./fault-presets.ts";
import type { FaultService, SettledRule } from "./fault-rule.ts";
import { OPERATION_NAMES } from "./operation-names.ts";
import { word } from "./word-check.ts";

type SettledMatch = SettledRule["match"];

const YEAR_MS = 31_536_000_000;
const MANY = 1_000_000_000;
/** A longer text in a rule is a mistake. */
const MAX_TEXT_LENGTH = 2048;

const TEXT = parsed("a text of 1 to 2048 characters", (text) =>
  text.length > 0 && text.length <= MAX_TEXT_LENGTH ? text : undefined,
);
const REGEX = parsed("a regular expression", (text) => {
  try {
    return text.length <= MAX_TEXT_LENGTH ? new RegExp(text).source : undefined;
  } catch {
    return undefined;
  }
});
const COUNT = integer({ min: 1, max: MANY });
const FOR_MS = integer({ min: 1, max: YEAR_MS });

const OPERATIONS: Check<readonly string[]> = (value, path, problems) => {
  if (typeof value === "string") return [TEXT(value, path, problems)];
  if (Array.isArray(value) && value.length > 0 && value.length <= 100) {
    return value.map((item: unknown, i) => TEXT(item, `${path}[${i}]`, problems));
  }
  problems.push(wrong(path, "the name of an operation, or a list of them", value));
  return [];
};

const MATCH: Check<SettledMatch> = group<SettledMatch>({
  service: withDefault(word("kinesis", "dynamodb"), "kinesis"),
  operations: optional(OPERATIONS),
  stream: optional(TEXT),
  shardId: optional(TEXT),
  consumer: optional(TEXT),
  table: optional(TEXT),
  account: optional(parsed("twelve digits", (text) => (/^\d{12}$/.test(text) ? text : undefined))),
  userAgent: optional(REGEX),
  keyPrefix: optional(TEXT),
  minRecordBytes: optional(integer({ min: 0, max: 10_485_760 })),
  nth: optional(COUNT),
  probability: withDefault(number({ min: Number.MIN_VALUE, max: 1 }), 1),
});

const RULE: Check<SettledRule> = group<SettledRule>({
  effect: required(checkEffect),
  match: MATCH,
  times: optional(COUNT),
  forMs: optional(FOR_MS),
  everyNth: withDefault(COUNT, 1),
  continue: withDefault((value, path, problems) => {
    if (typeof value !== "boolean") problems.push(wrong(path, "true or false", value));
    return value === true;
  }, false),
});

const PRESET: Check<FaultPreset> = group<Required<FaultPreset>>({
  preset: required(word(...PRESET_NAMES)),
  stream: optional(TEXT),
  operations: optional(OPERATIONS),
  percentage: withDefault(integer({ min: 1, max: 100 }), 100),
  forMs: optional(FOR_MS),
});

/** Members of the match that only one of the services knows. */
const OF_SERVICE: Readonly<Record<FaultService, readonly (keyof SettledMatch)[]>> = {
  kinesis: ["stream", "shardId", "consumer", "keyPrefix", "minRecordBytes"],
  dynamodb: ["table"],
};

/** Reads a rule, or the name of one that AWS knows. */
const checkRule: Check<SettledRule> = (value, path, problems) => {
  const before = problems.length;
  const isPreset = typeof value === "object" && value !== null && "preset" in value;
  const rule = isPreset ? readPreset(value, path, problems) : RULE(value, path, problems);
  if (problems.length > before) return rule;
  refuseMisfits(rule, path, problems);
  return ofOneShard(rule);
};

/** Reads a list of rules. */
export const checkRules: Check<readonly SettledRule[]> = (value, path, problems) => {
  if (!Array.isArray(value)) {
    problems.push(wrong(path || "faults", "a list of rules", value));
    return [];
  }
  return value.map((item: unknown, i) => checkRule(item, `${path || "faults"}[${i}]`, problems));
};

/**
 * Reads a rule by itself.
 * @throws KinesisError INVALID_OPTIONS
 */
export function readRule(input: unknown): SettledRule {
  return checked("rule was", checkRule, input);
}

/**
 * Reads a list of rules by itself.
 * @throws KinesisError INVALID_OPTIONS with every problem found
 */
export function readRules(input: unknown): readonly SettledRule[] {
  return checked("rules were", checkRules, input);
}

/** How rules are refused: with every problem that was found. */
export function refusedRules(what: "rule was" | "rules were", problems: string[]): KinesisError {
  return new KinesisError("INVALID_OPTIONS", {
    message: `the fault ${what} refused: ${problems.join("; ")}`,
    isRetryable: false,
    details: { problems },
  });
}

function checked<T>(what: "rule was" | "rules were", check: Check<T>, input: unknown): T {
  const problems: string[] = [];
  const read = check(input, "", problems);
  if (problems.length > 0) throw refusedRules(what, problems);
  return read;
}

/** A rule for the calls of a shard throttles that shard, and not the others that a call puts records to. */
function ofOneShard(rule: SettledRule): SettledRule {
  const { effect, match } = rule;
  if (effect.kind !== "throttle" || effect.shardId !== undefined) return rule;
  return { ...rule, effect: { ...effect, shardId: match.shardId } };
}

function readPreset(value: object, path: string, problems: string[]): SettledRule {
  const before = problems.length;
  const preset = PRESET(value, path, problems);
  if (problems.length > before) return RULE({ effect: { kind: "hang" } }, path, []);
  const known = operationsOfPreset(preset.preset);
  for (const name of known === undefined ? [] : (preset.operations ?? [])) {
    if (!known?.includes(name)) {
      problems.push(
        `${path && `${path}.`}operations: ${preset.preset} is for ${known?.join(", ")}`,
      );
    }
  }
  return RULE(ruleOfPreset(preset), path, problems);
}

/** What is fine by itself and makes no sense together. */
function refuseMisfits(
  { effect, match, everyNth }: SettledRule,
  path: string,
  problems: string[],
): void {
  const at = (name: string): string => (path === "" ? name : `${path}.${name}`);
  const { service, nth = 0 } = match;
  if (nth % everyNth !== 0) {
    problems.push(
      `${at("everyNth")} ${everyNth} leaves out call ${nth}, the only one for the rule`,
    );
  }
  const possible = operationsOfEffect(effect, service);
  if (possible.length === 0) {
    problems.push(`${at("effect.kind")} ${effect.kind} cannot happen to the service ${service}`);
    return;
  }
  const known = word(...(OPERATION_NAMES[service] as readonly [string, ...string[]]));
  for (const name of match.operations ?? []) {
    const before = problems.length;
    known(name, at("match.operations"), problems);
    if (problems.length === before && !possible.includes(name)) {
      problems.push(
        `${at("match.operations")}: ${effect.kind} cannot happen to ${name}, only to ${possible.join(", ")}`,
      );
    }
  }
  const foreign = OF_SERVICE[service === "kinesis" ? "dynamodb" : "kinesis"];
  for (const name of foreign) {
    if (match[name] !== undefined) {
      problems.push(`${at(`match.${name}`)} means nothing at the service ${service}`);
    }
  }
}
