// Somebody deregisters the stream consumer that the workers subscribe with, once: they poll until there is one again.
import type { Clock, Random } from "@shardline/core";
import type { Emulator } from "@shardline/emulator";
import { WORLD } from "../evidence/story.ts";
import { APPLICATION } from "../fleet/sim-worker.ts";
import { drawDelayMs } from "../odds.ts";
import type { Befall } from "./incidents.ts";

interface LostConsumerParts {
  readonly emulator: Emulator;
  /** Whose. */
  readonly stream: () => string;
  /** Mean time until then. */
  readonly afterMs: number;
  /** Dies when the faults are over. */
  readonly clock: Clock;
  readonly random: Random;
  readonly befall: Befall;
}

/** Waits for its time. */
export function awaitLostConsumer(parts: LostConsumerParts): void {
  const { afterMs, clock, random } = parts;
  clock.startTimer(drawDelayMs(afterMs, random), () => void deregister(parts));
}

async function deregister(parts: LostConsumerParts): Promise<void> {
  const { befall, emulator } = parts;
  const stream = parts.stream();
  const { accountId, region } = emulator.caller;
  const StreamARN = `arn:aws:kinesis:${region}:${accountId}:stream/${stream}`;
  try {
    await emulator.call("DeregisterStreamConsumer", { StreamARN, ConsumerName: APPLICATION });
  } catch {
    // There is none just now.
    return;
  }
  befall(WORLD, "stream consumer deregistered", `the stream consumer of ${stream} is deregistered`);
}
