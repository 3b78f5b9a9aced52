// How the KCL's threads repeat what they do: a step that fails because a service did is logged and forgotten.
import { apiFailureOf, type Clock, sleep } from "@shardline/core";

export interface Repetition {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly initialDelayMs: number;
  readonly delayMs: number;
}

/** `scheduleWithFixedDelay`: the delay lies between two runs. Rejects with the signal's reason. */
export async function withFixedDelay(
  { clock, delayMs, initialDelayMs, signal }: Repetition,
  step: () => Promise<void>,
): Promise<never> {
  await sleep(clock, initialDelayMs, signal);
  for (;;) {
    await forgiving(step);
    await sleep(clock, delayMs, signal);
  }
}

/** `scheduleAtFixedRate`: what was missed is made up for. Rejects with the signal's reason. */
export async function atFixedRate(
  { clock, delayMs, initialDelayMs, signal }: Repetition,
  step: () => Promise<void>,
): Promise<never> {
  for (let atMs = clock.nowMs() + initialDelayMs; ; atMs += delayMs) {
    await sleep(clock, Math.max(0, atMs - clock.nowMs()), signal);
    await forgiving(step);
  }
}

/** Anything but what is thrown in Java, too, is a fault of the model, and goes through. */
export async function forgiving(step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    if (!isThrownInJava(error)) throw error;
  }
}

/** What the KCL throws at itself. */
export class KclException extends Error {}

/** A call that failed, or the KCL's own. */
export function isThrownInJava(error: unknown): boolean {
  return error instanceof KclException || apiFailureOf(error) !== undefined;
}
