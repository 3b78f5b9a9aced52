// How lanes behave under some options, on a stream of which as much is known as a test says.
import type { ProducerOptions } from "@shardline/producer";
import { type LanePolicy, lanePolicyOf } from "../../src/lane/lane-policy.ts";
import { resolveProducerOptions } from "../../src/settings.ts";
import { assumedFacts, type StreamFacts } from "../../src/stream/stream-facts.ts";

export function policyOf(
  options: Omit<ProducerOptions, "stream"> = {},
  facts: Partial<StreamFacts> = {},
): LanePolicy {
  const settings = resolveProducerOptions({ stream: "orders", ...options });
  return lanePolicyOf(settings, { ...assumedFacts(settings), ...facts });
}
