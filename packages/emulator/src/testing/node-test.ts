// The emulator for tests of node:test: what `@shardline/emulator/node-test` exports.
import type { TestContext } from "node:test";
import {
  type RunningEmulator,
  startEmulator,
  type StartEmulatorOptions,
} from "../start-emulator.ts";

/** Starts an emulator that is closed after the test. */
export async function emulatorFor(
  test: Pick<TestContext, "after">,
  options: StartEmulatorOptions = {},
): Promise<RunningEmulator> {
  const emulator = await startEmulator(options);
  test.after(() => emulator.close());
  return emulator;
}
