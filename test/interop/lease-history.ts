// Looks at the lease table now and then, as neither side does, and remembers who owned what.
import { setTimeout as sleep } from "node:timers/promises";
import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import type { EmulatorClientConfig } from "@shardline/emulator";
import { onTestFinished } from "vitest";

const LOOK_EVERY_MS = 200;
const ENDED = "SHARD_END";

/** A lease has another owner; `undefined` is nobody. */
export interface Move {
  readonly leaseKey: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

export class LeaseHistory {
  /** In the order in which they were seen; the first owner of a lease is no move. */
  readonly moves: Move[] = [];
  /** Keys of items that are no leases, as they were seen last. */
  others: readonly string[] = [];
  readonly #owners = new Map<string, string | undefined>();
  readonly #table: string;
  readonly #dynamodb: DynamoDBClient;
  readonly #stopping = new AbortController();
  #looks = 0;

  constructor(table: string, client: EmulatorClientConfig) {
    this.#table = table;
    this.#dynamodb = new DynamoDBClient(client);
    const watching = this.#watch();
    onTestFinished(async () => {
      this.#stopping.abort();
      await watching;
      this.#dynamodb.destroy();
    });
  }

  /** How many leases of shards that have not ended each owner has. */
  get counts(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const owner of this.#owners.values()) {
      if (owner !== undefined) counts[owner] = (counts[owner] ?? 0) + 1;
    }
    return counts;
  }

  /** How often the table was seen. */
  get looks(): number {
    return this.#looks;
  }

  async #watch(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await this.#look();
      await sleep(LOOK_EVERY_MS);
    }
  }

  async #look(): Promise<void> {
    try {
      await this.#scan();
      this.#looks += 1;
    } catch {
      // The table is not there yet, or does not answer: such a look does not count.
    }
  }

  async #scan(): Promise<void> {
    const command = new ScanCommand({ TableName: this.#table, ConsistentRead: true });
    const { Items = [] } = await this.#dynamodb.send(command);
    const seen = new Set<string>();
    const others: string[] = [];
    for (const { checkpoint, leaseKey: key, leaseOwner } of Items) {
      const leaseKey = key?.S ?? "";
      if (checkpoint === undefined) others.push(leaseKey);
      if (checkpoint === undefined || checkpoint.S === ENDED) continue;
      seen.add(leaseKey);
      const [from, to] = [this.#owners.get(leaseKey), leaseOwner?.S];
      if (this.#owners.has(leaseKey) && from !== to) this.moves.push({ leaseKey, from, to });
      this.#owners.set(leaseKey, to);
    }
    this.others = others;
    for (const leaseKey of this.#owners.keys())
      if (!seen.has(leaseKey)) this.#owners.delete(leaseKey);
  }
}
