// What the application has paused. A paused shard keeps its lease; nothing more of it is read or handed out.

/** The pauses of one stream's shards. */
export interface ShardPauses {
  isPaused(shardId: string): boolean;
  /** Resolves when the shard is not paused; rejects with the signal's reason when it aborts. */
  untilFlowing(shardId: string, signal: AbortSignal): Promise<void>;
}

/** What was said of a shard, of every shard of a stream, or of all there will be. */
interface Saying {
  readonly shardId: string | undefined;
  readonly stream: string | undefined;
  readonly isPaused: boolean;
  /** Of what concerns a shard the last counts. */
  readonly turn: number;
}

export class Pauses implements ShardPauses {
  /** By what it is about. */
  readonly #said = new Map<string, Saying>();
  readonly #waiting = new Set<() => void>();
  #turn = 0;

  /** Those of a stream among many, by what the application calls it. */
  of(stream: string | undefined): ShardPauses {
    return {
      isPaused: (shardId) => this.isPaused(shardId, stream),
      untilFlowing: (shardId, signal) => this.untilFlowing(shardId, signal, stream),
    };
  }

  isPaused(shardId: string | undefined, stream?: string): boolean {
    const concerning = [
      nameOf(undefined, undefined),
      nameOf(undefined, stream),
      nameOf(shardId, stream),
    ];
    let last: Saying | undefined;
    for (const name of concerning) {
      const saying = this.#said.get(name);
      if (saying !== undefined && saying.turn > (last?.turn ?? 0)) last = saying;
    }
    return last?.isPaused ?? false;
  }

  /** Pauses a shard, held or not, a stream, or all there will be; `false` if nothing changes. */
  pause(shardId: string | undefined, stream?: string): boolean {
    return this.#say(shardId, stream, true);
  }

  /** Ends pauses; `false` if nothing changes. */
  resume(shardId: string | undefined, stream?: string): boolean {
    return this.#say(shardId, stream, false);
  }

  async untilFlowing(shardId: string, signal: AbortSignal, stream?: string): Promise<void> {
    while (this.isPaused(shardId, stream)) await this.#change(signal);
  }

  #say(shardId: string | undefined, stream: string | undefined, isPaused: boolean): boolean {
    const within = shardId === undefined ? this.#within(stream) : [];
    if (this.isPaused(shardId, stream) === isPaused && within.length === 0) return false;
    for (const name of within) this.#said.delete(name);
    this.#turn += 1;
    this.#said.set(nameOf(shardId, stream), { shardId, stream, isPaused, turn: this.#turn });
    for (const wake of this.#waiting) wake();
    return true;
  }

  /** What was said of parts of a stream, or of all of them. */
  #within(stream: string | undefined): string[] {
    const itself = nameOf(undefined, stream);
    return [...this.#said].flatMap(([name, saying]) => {
      const isPart = stream === undefined || saying.stream === stream;
      return isPart && name !== itself ? [name] : [];
    });
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

/** Neither a shard's id nor what an application calls a stream has a slash. */
function nameOf(shardId: string | undefined, stream: string | undefined): string {
  return `${stream ?? ""}/${shardId ?? ""}`;
}
