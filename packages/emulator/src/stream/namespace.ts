// The streams of one account in one region. Namespaces share nothing but the process.
import type { EmulatorSettings } from "../emulator-options.ts";
import { ServiceException } from "../service-exception.ts";
import { Stream, type StreamPlan } from "./stream.ts";

/** Whose call it is, and to which region. */
export interface Caller {
  /** Twelve digits. */
  readonly accountId: string;
  readonly region: string;
}

/** Open shards of an account and region: the default quota of the large regions. */
const MAX_OPEN_SHARDS = 20_000;
/** The service refuses a further stream while this many are on their way in or out. */
const MAX_STREAMS_UNDER_WAY = 5;

/** The streams of one account in one region. */
export class Namespace {
  readonly owner: Caller;
  readonly #settings: EmulatorSettings;
  readonly #streams = new Map<string, Stream>();
  /** Streams that follow count their shards' time from after this, so that no number is used twice. */
  #lastGoneSeconds = 0;

  constructor(owner: Caller, settings: EmulatorSettings) {
    this.owner = owner;
    this.#settings = settings;
  }

  find(name: string): Stream | undefined {
    return this.#streams.get(name);
  }

  /** Sorted by name. */
  all(): Stream[] {
    return [...this.#streams.values()].sort((a, b) => (a.plan.name < b.plan.name ? -1 : 1));
  }

  /**
   * Creates a stream, in CREATING.
   * @throws ServiceException ResourceInUseException or LimitExceededException
   */
  create(plan: StreamPlan): Stream {
    const { accountId } = this.owner;
    if (this.#streams.has(plan.name)) {
      throw new ServiceException(
        "ResourceInUseException",
        `Stream ${plan.name} under account ${accountId} already exists.`,
      );
    }
    this.#requireFewUnderWay();
    this.#requireShardQuota(plan.shardCount);
    return this.add(plan);
  }

  /** The same without the account's limits. */
  add(plan: StreamPlan): Stream {
    const { accountId, region } = this.owner;
    const { clock, transitions, limits, subscriptionMs } = this.#settings;
    const stream = new Stream(plan, {
      clock,
      transitions,
      limits,
      subscriptionMs,
      accountId,
      region,
      arn: `arn:${partitionOf(region)}:kinesis:${region}:${accountId}:stream/${plan.name}`,
      firstCreatedSeconds: this.#lastGoneSeconds + 1,
      requireShardQuota: (additional) => this.#requireShardQuota(additional),
      forget: (gone) => this.#forget(gone),
    });
    this.#streams.set(plan.name, stream);
    return stream;
  }

  [Symbol.dispose](): void {
    for (const stream of this.#streams.values()) stream[Symbol.dispose]();
  }

  #forget({ plan, shards }: Stream): void {
    this.#lastGoneSeconds = Math.max(this.#lastGoneSeconds, shards.lastCreatedSeconds);
    this.#streams.delete(plan.name);
  }

  #requireShardQuota(additional: number): void {
    const current = this.all().reduce((sum, stream) => sum + stream.openShardCount, 0);
    if (current + additional <= MAX_OPEN_SHARDS) return;
    const { accountId, region } = this.owner;
    throw new ServiceException(
      "LimitExceededException",
      `This request would exceed the shard limit for the account ${accountId} in ${region}. ` +
        `Current shard count for the account: ${current}. Limit: ${MAX_OPEN_SHARDS}. ` +
        `Number of additional shards that would have resulted from this request: ${additional}.`,
    );
  }

  #requireFewUnderWay(): void {
    const underWay = this.all().filter(
      ({ status }) => status === "CREATING" || status === "DELETING",
    );
    if (underWay.length < MAX_STREAMS_UNDER_WAY) return;
    throw new ServiceException(
      "LimitExceededException",
      "This request would have exceeded the limit on the number of streams that can simultaneously be in " +
        `CREATING or DELETING for the account ${this.owner.accountId}. Limit: ${MAX_STREAMS_UNDER_WAY}.`,
    );
  }
}

function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}
