// The option `startAt`: its check.
import { type Check, isDate, wrong } from "@shardline/core";
import type { StartPosition } from "./shard/start-position.ts";

export const startAt: Check<StartPosition> = (value, path, problems) => {
  if (value === "TRIM_HORIZON" || value === "LATEST") return { type: value };
  if (isDate(value)) return { type: "AT_TIMESTAMP", timestampMs: value.getTime() };
  problems.push(wrong(path, '"TRIM_HORIZON", "LATEST" or a valid Date', value));
  return { type: "LATEST" };
};
