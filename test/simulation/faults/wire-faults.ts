// What goes wrong between a client and its service in worlds whose calls go through the AWS adapter: connections that
// break, answers that arrive spoilt, and pages of something in between. The adapter must read the right outcome out of it.
import type { Random } from "@shardline/core";
import { chanceRule, type NamedRule } from "./chance-rule.ts";

/** Probabilities are for each call, and of each way in which it happens. */
export interface WireOdds {
  /** How the AWS adapter writes the calls of all processes; `"none"`: they go to the emulator's own port. */
  readonly form: "none" | "json" | "cbor";
  /** The connection breaks before a call takes effect, or within its answer. */
  readonly brokenConnection: number;
  /** The answer arrives whole, and is no answer to the call. */
  readonly spoiltAnswer: number;
  /** Something in between answers. */
  readonly errorPage: number;
}

const PUT = "PutRecords";
/** Calls above which a loop stands: the adapter itself makes each of them once. */
const CALLS = [PUT, "GetRecords", "GetShardIterator", "ListShards"];

/** One world in ten has a wire. */
export function drawWireOdds(random: Random): WireOdds {
  const isWired = random.next() < 0.1;
  const form = random.next() < 0.5 ? "json" : "cbor";
  const draw = (): number => (random.next() < 0.7 ? 0.02 * random.next() : 0);
  const odds = { brokenConnection: draw(), spoiltAnswer: draw(), errorPage: draw() };
  return isWired
    ? { form, ...odds }
    : { form: "none", brokenConnection: 0, spoiltAnswer: 0, errorPage: 0 };
}

/** As rules of the emulator. */
export function wireRulesOf({
  brokenConnection,
  errorPage,
  form,
  spoiltAnswer,
}: WireOdds): NamedRule[] {
  if (form === "none") return [];
  return [
    chanceRule("wire: connections reset", brokenConnection, CALLS, { kind: "reset" }),
    chanceRule("wire: answers cut", brokenConnection, CALLS, { kind: "cutBody" }),
    chanceRule("wire: answers lost", brokenConnection, CALLS, { kind: "commitThenDrop" }),
    chanceRule("wire: answers truncated", spoiltAnswer, CALLS, {
      kind: "corrupt",
      how: "truncated",
    }),
    chanceRule("wire: answers emptied", spoiltAnswer, CALLS, { kind: "corrupt", how: "empty" }),
    // Whose answer has another order is nothing that a client can know: the order says which entry is meant.
    chanceRule("wire: entries missing", spoiltAnswer, PUT, { kind: "corrupt", how: "wrongCount" }),
    chanceRule("wire: listings shuffled", spoiltAnswer, "ListShards", {
      kind: "corrupt",
      how: "shuffled",
    }),
    chanceRule("wire: gateway errors", errorPage, CALLS, {
      kind: "error",
      status: 502,
      body: "html",
    }),
    chanceRule("wire: errors without a body", errorPage, CALLS, {
      kind: "error",
      status: 503,
      body: "empty",
    }),
  ].flat();
}
