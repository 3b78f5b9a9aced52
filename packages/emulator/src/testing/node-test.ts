// The emulator for tests of node:test: what `@shardline/emulator/node-test` exports.
import type { SuiteContext, TestContext } from "node:test";
import { KinesisError, systemClock } from "@shardline/core";
import {
  type RunningEmulator,
  startEmulator,
  type StartEmulatorOptions,
} from "../start-emulator.ts";

/** What is needed of a test to know when it is over. */
type TestLife = Pick<TestContext, "after" | "signal">;

/** The hooks of a test that took too long still reach its emulator for so long. */
const LATE_HOOKS_MS = 5000;
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
    closeAfter(context, emulator);
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

/**
 * Hooks run in the order of their registration, so the hook that closes is registered by a hook: it is the last one. A hook
 * that throws ends the hooks. Then there is the signal, which a test aborts when it is over, and one that takes too long
 * before its hooks: nothing tells when those are done, so they are given a time.
 */
function closeAfter(context: TestLife, emulator: RunningEmulator): void {
  let state: "running" | "ending" | "closed" = "running";
  let late: Disposable | undefined;
  const close = async (): Promise<void> => {
    state = "closed";
    late?.[Symbol.dispose]();
    await emulator.close();
  };
  context.after(() => {
    state = "ending";
    context.after(close);
  });
  const onAbort = (): void => {
    if (state === "ending") void close();
    if (state === "running") late = systemClock.startTimer(LATE_HOOKS_MS, () => void close());
  };
  // A test that took too long while this one was starting has no hooks any more.
  if (context.signal.aborted) onAbort();
  else context.signal.addEventListener("abort", onAbort, { once: true });
}
