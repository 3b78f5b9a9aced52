// Why there is no lease table to work with, and what to do about it.
import { KinesisError, type KinesisErrorDetails } from "@shardline/core";

type Problem = KinesisErrorDetails["LEASE_TABLE_UNUSABLE"]["problem"];

/** There is none, and none is to be created. */
export function tableMissing(table: string): KinesisError {
  return unusable(
    table,
    "missing",
    "does not exist and leases.table.create is false; create it with leaseKey, a string, as its only key, " +
      "or let the consumer create it",
  );
}

/** It was waited for in vain. */
export function tableNotActive(table: string, status: string, waitedMs: number): KinesisError {
  return unusable(
    table,
    "not-active",
    `is ${status} after ${waitedMs / 1000} s; start again when it is active`,
  );
}

/** It is somebody else's. */
export function tableIsNone(table: string, key: string): KinesisError {
  return unusable(
    table,
    "no-lease-table",
    `is none: its key is ${key} and not leaseKey; choose another name with leases.tableName`,
  );
}

function unusable(table: string, problem: Problem, what: string): KinesisError {
  return new KinesisError("LEASE_TABLE_UNUSABLE", {
    message: `lease table ${table} ${what}`,
    isRetryable: problem === "not-active",
    details: { table, problem },
  });
}
