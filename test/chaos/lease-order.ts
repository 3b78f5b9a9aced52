// Whether only the owner of a shard's lease was handed its batches.
import type { Line, Offence, SignedLine, Verdict } from "./verdict.ts";

export class LeaseOrder {
  /** By shard: the lease epoch in which it is read now, and since when. */
  readonly #epochs = new Map<string, { readonly epoch: number; readonly sinceMs: number }>();
  /** By process: when it said something, the last time. */
  readonly #lastSaidMs = new Map<object, number>();
  readonly #stale: Offence[] = [];
  #overtaken = 0;

  /** Lines come in the order of time. */
  see(line: SignedLine): void {
    if (line.kind === "taken" || line.kind === "began") this.#seeEpoch(line);
    this.#lastSaidMs.set(line.process, line.atMs);
  }

  end(): Pick<Verdict, "stale" | "overtaken"> {
    return { stale: this.#stale, overtaken: this.#overtaken };
  }

  #seeEpoch(line: Extract<SignedLine, { readonly epoch: number }>): void {
    const { atMs, epoch, kind, process, shardId } = line;
    const newest = this.#epochs.get(shardId);
    if (newest === undefined || epoch > newest.epoch) {
      this.#epochs.set(shardId, { epoch, sinceMs: atMs });
    } else if (kind === "began" && epoch < newest.epoch) {
      // Nothing that it did was later than the other's lease: it looked at the clock before, and then stood still.
      const couldNotKnow = (this.#lastSaidMs.get(process) ?? 0) < newest.sinceMs;
      if (couldNotKnow) this.#overtaken += 1;
      else this.#noteStale(line, newest.epoch);
    }
  }

  #noteStale({ atMs, epoch, shardId }: Line<"began">, newest: number): void {
    const what = `a batch of ${shardId} was handed out under lease epoch ${epoch} when ${newest} had begun`;
    this.#stale.push({ what, shardId, atMs });
  }
}
