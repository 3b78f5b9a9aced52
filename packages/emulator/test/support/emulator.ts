// An emulator on a virtual clock, and the few calls that nearly every test makes.
import { apiFailureOf, type Clock } from "@shardline/core";
import { SeededRandom, type VirtualClock } from "@shardline/core/testing";
import { type Caller, Emulator, type EmulatorOptions } from "@shardline/emulator";
import { onTestFinished } from "vitest";
import { quietClock } from "../../../../test/support/quiet-clock.ts";

export interface TestEmulator {
  readonly emulator: Emulator;
  readonly clock: VirtualClock;
  /** Calls an operation; its answer as the test expects it. */
  readonly call: <Output = unknown>(
    operation: string,
    input: object,
    caller?: Caller,
  ) => Promise<Output>;
  /** The name and text of the exception with which a call is refused. */
  readonly refusal: (operation: string, input: object, caller?: Caller) => Promise<Refusal>;
}

export interface Refusal {
  readonly name: string;
  readonly reason: string;
}

/** The account of callers that name none. */
export const ACCOUNT = "000000000000";

/** `view` is how the emulator sees the clock, where that differs. */
export function newEmulator(
  options: Partial<EmulatorOptions> = {},
  view: (clock: VirtualClock) => Clock = (clock) => clock,
): TestEmulator {
  const clock = quietClock();
  const emulator = new Emulator({
    clock: view(clock),
    random: new SeededRandom(1),
    ...options,
  });
  onTestFinished(() => emulator.close());
  return {
    emulator,
    clock,
    call: async <Output>(operation: string, input: object, caller?: Caller) =>
      (await emulator.call(operation, input, caller)) as Output,
    refusal: async (operation, input, caller) => {
      try {
        await emulator.call(operation, input, caller);
      } catch (error) {
        const failure = apiFailureOf(error);
        if (failure === undefined) throw error;
        return { name: failure.awsName, reason: failure.reason };
      }
      throw new Error(`${operation} was not refused`);
    },
  };
}

/** Text as a caller puts it over JSON. */
export function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
