// What is told of a subscription that brought nothing.
import type { ApiFailure } from "@shardline/core";
import type { SubscriptionEnd, SubscriptionHistory } from "./subscription-plan.ts";

/** Whether a try brought nothing: otherwise reading goes on as if nothing had been. */
export function isFault({ failures }: SubscriptionHistory): boolean {
  return failures > 0;
}

/** What a try failed with, as calls tell it. */
export function failureOf(end: SubscriptionEnd): ApiFailure {
  if (end.kind === "failed") return end.failure;
  const reason =
    end.kind === "silent"
      ? "no event came, not even one without records"
      : "it ended without one event";
  return { kind: "transient", awsName: "NoEvents", reason, isAmbiguous: false };
}
