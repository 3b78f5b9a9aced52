// Renews credentials that the service refused. Nobody above the port can, and until then every call would
// be signed with the same ones: the SDK keeps credentials until they say themselves that they expire.
import type { ReadyKinesisClient } from "./kinesis-client.ts";

/** One client's credentials, renewed once for all the calls that failed with the same ones. */
export class CredentialRenewal {
  readonly #client: ReadyKinesisClient;
  #generation = 0;
  #running: Promise<void> | undefined;

  constructor(client: ReadyKinesisClient) {
    this.#client = client;
  }

  /** Remembered by a call when it starts: the credentials it is signed with are this old at least. */
  get generation(): number {
    return this.#generation;
  }

  /**
   * Resolves when credentials newer than those of a generation are there, or could not be had: the next call
   * will tell. Never rejects.
   */
  renewAfter(generation: number): Promise<void> {
    if (generation !== this.#generation) return Promise.resolve();
    this.#running ??= this.#renew().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #renew(): Promise<void> {
    try {
      await this.#client.config.credentials({ forceRefresh: true });
    } catch {
      // The SDK asks the provider again for the next call, which then fails with the provider's error.
    }
    this.#generation += 1;
  }
}
