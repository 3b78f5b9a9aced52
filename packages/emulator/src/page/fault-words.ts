// Pure: a rule in words that a person reads at a glance.
import type { SettledRule } from "../faults/fault-rule.ts";

/** What the effect is set to, which calls it is for, and how often it fires. */
export function wordsOfRule(rule: SettledRule): readonly string[] {
  const { effect, everyNth, match, times } = rule;
  const { operations, probability, service, ...rest } = match;
  const { kind: _, ...settings } = effect;
  return [
    ...(service === "dynamodb" ? ["lease table"] : []),
    ...(operations === undefined ? [] : [operations.join(", ")]),
    ...wordsOf(rest),
    ...wordsOf(settings),
    ...(probability < 1 ? [`probability ${probability}`] : []),
    ...(everyNth > 1 ? [`every ${everyNth}th`] : []),
    ...(times === undefined ? [] : [`${times} at most`]),
  ];
}

function wordsOf(settings: object): string[] {
  return Object.entries(settings)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]: [string, unknown]) => {
      return `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`;
    });
}
