// How a command says that it failed: one line, and no stack trace unless somebody asks for it.
import { apiFailureOf } from "@shardline/core";

/** One line about an error. */
export function explain(error: unknown): string {
  const [line] = (error instanceof Error ? error.message : String(error)).split("\n");
  // The errors of records have their own.
  const failure = apiFailureOf(error);
  const advice = failure === undefined ? "" : (ADVICE[failure.kind] ?? "");
  return `${line}${advice}`;
}

const ADVICE: Readonly<Record<string, string>> = {
  unreachable: "; is the endpoint right, and is something listening there?",
  credentials: "; are a region (--region) and AWS credentials set?",
  denied: "; the credentials lack a permission",
};
