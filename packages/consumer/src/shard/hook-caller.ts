// Calls an application's hooks at the turns of a shard's life.
//
//   silent --- onShardStarted returned ---> started --- onLeaseLost or onShardEnded, or the lease is given up ---> over
//
// Before it has started a shard is nothing to the application, so that no other hook is called for it.
import {
  type BackoffPlan,
  backoffMs,
  type Clock,
  type EventSink,
  KinesisError,
  LinkedSignal,
  type Random,
  sleep,
} from "@shardline/core";
import type { ShardContext } from "../batch/handler.ts";
import type { ShardEvents } from "./shard-events.ts";
import type { ShardHooks, ShardStart } from "./shard-hooks.ts";

export interface HookCallerOptions {
  readonly hooks: ShardHooks;
  readonly clock: Clock;
  readonly random: Random;
  readonly events: EventSink<ShardEvents>;
}

/** What an application has asked for. */
interface AskedCheckpoints {
  /** Aborts when it has checkpointed the end. */
  readonly endConfirmed: AbortSignal;
  /** Resolves when everything asked for so far is written, or will not be. */
  settled(): Promise<void>;
}

type HookPhase = "silent" | "started" | "over";

const BACKOFF: BackoffPlan = { baseMs: 200, maxMs: 30_000 };

/** Calls the hooks of one shard under one lease. */
export class HookCaller {
  readonly #shard: ShardContext;
  readonly #options: HookCallerOptions;
  #phase: HookPhase = "silent";

  constructor(shard: ShardContext, options: HookCallerOptions) {
    this.#shard = shard;
    this.#options = options;
  }

  /** Resolves when the hook has returned; rejects with the signal's reason when it aborts between two tries. */
  async started(start: ShardStart, signal: AbortSignal): Promise<void> {
    const { onShardStarted } = this.#options.hooks;
    await this.#untilReturned("onShardStarted", () => onShardStarted?.(this.#shard, start), signal);
    this.#phase = "started";
  }

  /**
   * Resolves when the hook has returned, what it asked for has settled, and the application has thereby checkpointed the
   * end; rejects with the signal's reason when it aborts between two tries.
   */
  async ended(asked: AskedCheckpoints, signal: AbortSignal): Promise<void> {
    const confirmed = asked.endConfirmed;
    const { onShardEnded } = this.#options.hooks;
    const call = async (): Promise<void> => {
      await onShardEnded?.(this.#shard);
      await asked.settled();
      if (!confirmed.aborted) throw notCheckpointed(this.#shard.shardId);
    };
    // Without a hook it may still be asked for from elsewhere, at any time.
    const wake = onShardEnded === undefined ? confirmed : undefined;
    await this.#untilReturned("onShardEnded", call, signal, wake);
  }

  /** Resolves when the hook has returned or failed. */
  async shutdownRequested(): Promise<void> {
    if (this.#phase !== "started") return;
    const { onShutdownRequested } = this.#options.hooks;
    await this.#once("onShutdownRequested", () => onShutdownRequested?.(this.#shard));
  }

  /** Resolves when the hook has returned or failed. */
  async leaseLost(): Promise<void> {
    if (this.#phase !== "started") return;
    this.#phase = "over";
    const { onLeaseLost } = this.#options.hooks;
    await this.#once("onLeaseLost", () => onLeaseLost?.(this.#shard));
  }

  async #untilReturned(
    hook: keyof ShardHooks,
    call: () => Promise<void> | void,
    signal: AbortSignal,
    wake?: AbortSignal,
  ): Promise<void> {
    const { clock, random } = this.#options;
    for (let attempts = 1; ; attempts += 1) {
      try {
        return await call();
      } catch (error) {
        signal.throwIfAborted();
        const retryAfterMs = backoffMs(BACKOFF, attempts, random);
        this.#tell(hook, attempts, error, retryAfterMs);
        await pause(clock, retryAfterMs, signal, wake);
      }
    }
  }

  async #once(hook: keyof ShardHooks, call: () => Promise<void> | void): Promise<void> {
    try {
      await call();
    } catch (error) {
      this.#tell(hook, 1, error, undefined);
    }
  }

  #tell(
    hook: keyof ShardHooks,
    attempts: number,
    error: unknown,
    retryAfterMs: number | undefined,
  ): void {
    const { shardId } = this.#shard;
    this.#options.events.emit("hookFailed", { shardId, hook, attempts, retryAfterMs, error });
  }
}

/** Ends early when `wake` aborts. */
async function pause(
  clock: Clock,
  delayMs: number,
  signal: AbortSignal,
  wake: AbortSignal | undefined,
): Promise<void> {
  using either = wake === undefined ? new LinkedSignal(signal) : new LinkedSignal(signal, wake);
  await sleep(clock, delayMs, either.signal).catch(() => signal.throwIfAborted());
}

function notCheckpointed(shardId: string): KinesisError {
  return new KinesisError("SHARD_END_NOT_CHECKPOINTED", {
    message: `${shardId} is read to its end, which the application has not checkpointed; call shard.checkpoint() in onShardEnded`,
    isRetryable: true,
    details: { shardId },
  });
}
