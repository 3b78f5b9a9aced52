// The emulator as a fixture of vitest: what `@shardline/emulator/vitest` exports. Nothing else of the package needs vitest.
import { type TestAPI, test } from "vitest";
import {
  type RunningEmulator,
  startEmulator,
  type StartEmulatorOptions,
} from "../start-emulator.ts";

/** What tests are handed. */
export interface EmulatorFixture {
  /** One of the test's own, which listens on a port of its own. */
  readonly emulator: RunningEmulator;
}

/**
 * vitest's `test` with an emulator for every test that asks for it. It is started before the test and closed after it,
 * when the fixtures that were built on it and the hooks of the test are done. Fixtures of your own are added by `.extend`.
 */
export function emulatorTest(options: StartEmulatorOptions = {}): TestAPI<EmulatorFixture> {
  return test.extend<EmulatorFixture>({
    emulator: async ({ onTestFinished }, use) => {
      const emulator = await startEmulator(options);
      onTestFinished(() => emulator.close());
      await use(emulator);
    },
  });
}
