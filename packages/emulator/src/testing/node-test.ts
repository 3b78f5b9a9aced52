// The emulator for tests of node:test: what `@shardline/emulator/node-test` exports.
import type { SuiteContext, TestContext } from "node:test";
import { KinesisError } from "@shardline/core";
import {
  type RunningEmulator,
  startEmulator,
  type StartEmulatorOptions,
} from "../start-emulator.ts";

/** What is needed of a test to know when it is over. */
type TestLife = Pick<TestContext, "after" | "signal">;

const NO_TEST =
  "takes the context of a test, as `beforeEach` hands it over too; for a whole suite " +
  "call startEmulator() in `before` and close the emulator in `after`";

/**
 * Starts an emulator for a test. It is closed when the test is over and its `after` hooks are done, so what they close
 * still reaches it, whichever was registered first.
 * @param context that of a test, or what `beforeEach` was handed
 * @throws KinesisError INVALID_OPTIONS, before anything has started
 */
export async function emulatorFor(
  context: TestLife | SuiteContext,
  options: StartEmulatorOptions = {},
): Promise<RunningEmulator> {
  if (!isTest(context)) {
    throw new KinesisError("INVALID_OPTIONS", {
      message: `emulatorFor ${NO_TEST}`,
      isRetryable: false,
      details: { problems: [NO_TEST] },
    });
  }
  const emulator = await startEmulator(options);
  try {
    closeAfter(context, () => emulator.close());
  } catch (error) {
    await emulator.close();
    throw error;
  }
  return emulator;
}

/** The context of a suite has no `after`. */
function isTest(context: TestLife | SuiteContext): context is TestLife {
  return "after" in context && typeof context.after === "function";
}

/** Hooks run in the order of their registration, so the hook that closes is registered by a hook: it is the last one. */
function closeAfter(context: TestLife, close: () => Promise<void>): void {
  context.after(() => {
    context.after(close);
    // A hook that throws ends the hooks. A test that is over aborts its signal, and has done so before if it timed out.
    context.signal.addEventListener("abort", () => void close(), { once: true });
  });
}
