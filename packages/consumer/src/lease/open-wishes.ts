// The leases that this worker has asked others of ours for: since when, and which of them are to be taken without more ado.
import type { Clock } from "@shardline/core";
import { isEnded, isForeign, type Lease } from "./lease.ts";

/** After this time a lease asked for is taken without more ado. */
const TIMEOUT_MS = 30_000;

/** Since when a lease is asked for, and in which epoch of it. */
interface Wish {
  readonly sinceMs: number;
  readonly epoch: number;
}

export interface OpenWishesOptions {
  readonly worker: string;
  readonly clock: Clock;
}

export class OpenWishes {
  readonly #options: OpenWishesOptions;
  /** By key. */
  readonly #wishes = new Map<string, Wish>();

  constructor(options: OpenWishesOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#wishes.size;
  }

  /** Of the leases asked for, perhaps. */
  get keys(): readonly string[] {
    return [...this.#wishes.keys()];
  }

  add({ epoch, key }: Lease): void {
    this.#wishes.set(key, { sinceMs: this.#options.clock.nowMs(), epoch });
  }

  /** It came true, or to nothing. */
  delete(key: string): void {
    this.#wishes.delete(key);
  }

  /** A worker of the KCL that has got the lease meanwhile knows nothing of wishes, and leaves them where they are. */
  stands(lease: Lease): boolean {
    return lease.wantedBy === this.#options.worker && !isForeign(lease);
  }

  /**
   * Of a look at the table, the leases that were asked for and not handed over in time; a wish from before a restart counts from
   * now on, and so does one whose owner has got the lease only now, and has had no time to hand it over.
   */
  overdue(leases: readonly Lease[]): Lease[] {
    const nowMs = this.#options.clock.nowMs();
    const wanted = leases.filter((lease) => this.stands(lease) && !isEnded(lease));
    return wanted.filter(({ epoch, key }) => {
      const known = this.#wishes.get(key);
      const wish = known && known.epoch >= epoch ? known : { sinceMs: nowMs, epoch };
      this.#wishes.set(key, wish);
      return nowMs - wish.sinceMs > TIMEOUT_MS;
    });
  }
}
