// Which shards the application has paused. A paused shard keeps its lease; nothing more of it is read or handed out.

/** The one default, and the shards that are otherwise. */
interface PauseRule {
  readonly isPausedByDefault: boolean;
  readonly exceptions: ReadonlySet<string>;
}

export class Pauses {
  #rule: PauseRule = { isPausedByDefault: false, exceptions: new Set() };
  readonly #waiting = new Set<() => void>();

  isPaused(shardId: string): boolean {
    const { exceptions, isPausedByDefault } = this.#rule;
    return exceptions.has(shardId) !== isPausedByDefault;
  }

  /** Pauses a shard, held or not, or all there will be; `false` if nothing changes. */
  pause(shardId: string | undefined): boolean {
    return this.#set(shardId, true);
  }

  /** Ends pauses; `false` if nothing changes. */
  resume(shardId: string | undefined): boolean {
    return this.#set(shardId, false);
  }

  /** Resolves when the shard is not paused; rejects with the signal's reason when it aborts. */
  async untilFlowing(shardId: string, signal: AbortSignal): Promise<void> {
    while (this.isPaused(shardId)) await this.#change(signal);
  }

  #set(shardId: string | undefined, isPaused: boolean): boolean {
    const { exceptions, isPausedByDefault } = this.#rule;
    if (shardId === undefined) {
      if (isPausedByDefault === isPaused && exceptions.size === 0) return false;
      this.#rule = { isPausedByDefault: isPaused, exceptions: new Set() };
    } else {
      if (this.isPaused(shardId) === isPaused) return false;
      const next = new Set(exceptions);
      if (!next.delete(shardId)) next.add(shardId);
      this.#rule = { isPausedByDefault, exceptions: next };
    }
    for (const wake of this.#waiting) wake();
    return true;
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting.delete(onChange);
        signal.removeEventListener("abort", onAbort);
      };
      const onChange = (): void => {
        leave();
        resolve();
      };
      const onAbort = (): void => {
        leave();
        reject(signal.reason);
      };
      if (signal.aborted) return onAbort();
      this.#waiting.add(onChange);
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }
}
