// The body of a GetRecords answer in JSON.
import type { GetRecordsAnswer } from "@shardline/core";
import { answerOf } from "../get-records.ts";
import { readRecordsJson } from "./records-json.ts";

/** Reads a body. Throws if it is no JSON, and an AnswerMismatch if it is no answer. */
export function readGetRecordsJson(body: Buffer): GetRecordsAnswer {
  const { fields, records } = readRecordsJson(body);
  return answerOf(records, fields);
}
