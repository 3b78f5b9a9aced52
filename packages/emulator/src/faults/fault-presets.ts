// Rules under the names that AWS Fault Injection Service gives to its actions for Kinesis.
// Actions "aws:kinesis:": https://docs.aws.amazon.com/fis/latest/userguide/fis-actions-reference.html; actions
// "aws:fis:": https://docs.aws.amazon.com/streams/latest/dev/kinesis-fis.html; both read 2026-11-21.
import type { FaultRule } from "./fault-rule.ts";

/** A rule, or the name of one that AWS knows. */
export type FaultInput = FaultRule | FaultPreset;

/** An action of AWS Fault Injection Service. */
export interface FaultPreset {
  readonly preset: PresetName;
  /** Name or ARN of the targeted stream. @defaultValue every stream */
  readonly stream?: string | undefined;
  /** Which of the action's operations. @defaultValue all of them */
  readonly operations?: string | readonly string[] | undefined;
  /** How many of a hundred calls are hit: 1 to 100. @defaultValue 100 */
  readonly percentage?: number;
  /** For how long, in ms of the emulator's clock: 1 to 1 year; AWS takes 1 minute to 12 hours. @defaultValue until removed */
  readonly forMs?: number | undefined;
}

/** Names of actions. */
export type PresetName = (typeof PRESET_NAMES)[number];

/** Every name that is known. */
export const PRESET_NAMES = [
  "aws:kinesis:stream-provisioned-throughput-exception",
  "aws:kinesis:stream-expired-iterator-exception",
  "aws:fis:inject-api-internal-error",
  "aws:fis:inject-api-throttle-error",
  "aws:fis:inject-api-unavailable-error",
] as const;

interface Action {
  /** What AWS lets the action be used with; empty for every operation. */
  readonly operations: readonly string[];
  readonly type: string;
}

const ACTIONS: Readonly<Record<PresetName, Action>> = {
  "aws:kinesis:stream-provisioned-throughput-exception": {
    operations: ["GetRecords", "GetShardIterator", "PutRecord", "PutRecords"],
    type: "ProvisionedThroughputExceededException",
  },
  "aws:kinesis:stream-expired-iterator-exception": {
    operations: ["GetRecords"],
    type: "ExpiredIteratorException",
  },
  "aws:fis:inject-api-internal-error": { operations: [], type: "InternalFailure" },
  "aws:fis:inject-api-throttle-error": { operations: [], type: "ThrottlingException" },
  "aws:fis:inject-api-unavailable-error": { operations: [], type: "ServiceUnavailable" },
};

/** The operations that an action can be used with; `undefined` for all. */
export function operationsOfPreset(preset: PresetName): readonly string[] | undefined {
  const { operations } = ACTIONS[preset];
  return operations.length === 0 ? undefined : operations;
}

/** The rule that an action is. */
export function ruleOfPreset(given: FaultPreset): FaultRule {
  const { preset, stream, operations, percentage = 100, forMs } = given;
  return {
    effect: { kind: "error", type: ACTIONS[preset].type },
    match: {
      stream,
      operations: operations ?? operationsOfPreset(preset),
      probability: percentage / 100,
    },
    forMs,
  };
}
