// Whether only the owner of a shard's lease was handed its batches.
import type { Line, Offence, SignedLine, Verdict } from "./verdict.ts";

export class LeaseOrder {
  /** By shard: the lease epoch in which it is read now. */
  readonly #epochs = new Map<string, number>();
  readonly #stale: Offence[] = [];

  /** Lines come in the order of time. */
  see(line: SignedLine): void {
    if (line.kind === "taken" || line.kind === "began") this.#seeEpoch(line);
  }

  end(): Pick<Verdict, "stale"> {
    return { stale: this.#stale };
  }

  #seeEpoch(line: Extract<SignedLine, { readonly epoch: number }>): void {
    const { epoch, kind, shardId } = line;
    const newest = this.#epochs.get(shardId);
    if (newest === undefined || epoch > newest) {
      this.#epochs.set(shardId, epoch);
    } else if (kind === "began" && epoch < newest) {
      // Also as the first that it does after it stood still: it looks at the clock before it hands a batch out.
      this.#noteStale(line, newest);
    }
  }

  #noteStale({ atMs, epoch, shardId }: Line<"began">, newest: number): void {
    const what = `a batch of ${shardId} was handed out under lease epoch ${epoch} when ${newest} had begun`;
    this.#stale.push({ what, shardId, atMs });
  }
}
