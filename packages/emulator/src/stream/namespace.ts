// The streams of one account in one region. Namespaces share nothing but the process.
import type { Random } from "@shardline/core";
import type { EmulatorSettings } from "../emulator-options.ts";
import type { Journal } from "./journal.ts";
import { CallRates } from "../limits/call-rates.ts";
import { type BillingCommitment, commitmentAt, NEVER_COMMITTED } from "./billing-commitment.ts";
import { ServiceException } from "../service-exception.ts";
import type { NextGap } from "./shard-log.ts";
import type { Storage } from "./storage.ts";
import { Stream, type StreamHome, type StreamPlan } from "./stream.ts";
import type { NamespaceImage, PastStream } from "./stream-image.ts";
import type { StreamMode } from "./stream-settings.ts";

/** What the namespaces of an emulator share. */
export interface NamespaceHome {
  readonly settings: EmulatorSettings;
  readonly storage: Storage;
  /** Absent where nothing is kept beyond the process. */
  readonly journal: Journal | undefined;
  /** An id that no other stream has had. */
  nextStreamId(): number;
}

/** Whose call it is, and to which region. */
export interface Caller {
  /** Twelve digits. */
  readonly accountId: string;
  readonly region: string;
}

/** Tells one from another. */
export function keyOf({ accountId, region }: Caller): string {
  return `${accountId}/${region}`;
}

/**
 * Open shards of the provisioned streams, and on-demand streams, of an account and region: the default quotas of
 * the large regions, https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html, 2026-11-21.
 */
export const ACCOUNT_QUOTAS = { openShards: 20_000, onDemandStreams: 50 } as const;
/** The service refuses a further stream while this many are on their way in or out. */
const MAX_STREAMS_UNDER_WAY = 5;
/** Between the indexes of two records, where gaps are asked for. */
const MAX_GAP = 1000;

/** The streams of one account in one region. */
export class Namespace {
  readonly owner: Caller;
  readonly callRates: CallRates;
  /** As it was when the account last changed it. */
  commitment: BillingCommitment = NEVER_COMMITTED;
  readonly #home: NamespaceHome;
  readonly #streams = new Map<string, Stream>();
  /** Streams that follow count their shards' time from after this, so that no number is used twice. */
  #lastGoneSeconds = 0;

  constructor(owner: Caller, home: NamespaceHome) {
    this.owner = owner;
    this.#home = home;
    this.callRates = new CallRates(home.settings.limits);
  }

  /** What has to be remembered beside its streams. */
  image(): NamespaceImage {
    return { lastGoneSeconds: this.#lastGoneSeconds, commitment: this.commitment };
  }

  /** Takes up what a namespace was. */
  resume({ lastGoneSeconds, commitment }: NamespaceImage): void {
    this.commitment = commitment;
    this.#lastGoneSeconds = Math.max(this.#lastGoneSeconds, lastGoneSeconds);
  }

  /** Forgets every stream and what the account is set to. */
  clear(): void {
    for (const stream of this.all()) stream.removeNow();
    this.commitment = NEVER_COMMITTED;
  }

  /** Whether the account is committed to a minimum of throughput now. */
  isCommitted(): boolean {
    const nowMs = this.#home.settings.clock.wallTimeMs();
    return commitmentAt(this.commitment, nowMs).status !== "DISABLED";
  }

  find(name: string): Stream | undefined {
    return this.#streams.get(name);
  }

  /** Sorted by name. */
  all(): Stream[] {
    return [...this.#streams.values()].sort((a, b) => (a.plan.name < b.plan.name ? -1 : 1));
  }

  /** Open shards of the streams whose owner decides about their number. */
  get openShardCount(): number {
    const provisioned = this.all().filter(({ mode }) => mode === "PROVISIONED");
    return provisioned.reduce((sum, stream) => sum + stream.openShardCount, 0);
  }

  get onDemandStreamCount(): number {
    return this.all().filter(({ mode }) => mode === "ON_DEMAND").length;
  }

  /**
   * Whether a name can be given to a new stream.
   * @throws ServiceException ResourceInUseException
   */
  requireFree(name: string): void {
    if (!this.#streams.has(name)) return;
    const { accountId } = this.owner;
    throw new ServiceException(
      "ResourceInUseException",
      `Stream ${name} under account ${accountId} already exists.`,
    );
  }

  /**
   * Whether the account may have one more stream like this.
   * @throws ServiceException LimitExceededException
   */
  requireRoom(plan: StreamPlan): void {
    this.#requireFewUnderWay();
    this.requireQuota(plan.settings.mode, plan.shardCount);
  }

  /** Creates a stream, in CREATING. */
  add(plan: StreamPlan): Stream {
    const stream = new Stream(plan, this.#homeOf(plan.name, this.#home.nextStreamId()));
    this.#streams.set(plan.name, stream);
    return stream;
  }

  /** Takes up a stream that was; what was under way starts again. */
  addPast(past: PastStream): void {
    const { name, shardCount, settings, tags } = past.image;
    const plan = { name, shardCount, settings, tags: new Map(tags) };
    this.#streams.set(name, new Stream(plan, this.#homeOf(name, past.id), past));
  }

  /**
   * Whether there may be one more stream on demand, or so many more open shards of provisioned ones.
   * @throws ServiceException LimitExceededException
   */
  requireQuota(mode: StreamMode, shardCount: number): void {
    if (mode === "PROVISIONED") this.#requireShardQuota(shardCount);
    else this.#requireOnDemandQuota();
  }

  [Symbol.dispose](): void {
    for (const stream of this.#streams.values()) stream[Symbol.dispose]();
  }

  #homeOf(name: string, id: number): StreamHome {
    const { accountId, region } = this.owner;
    const { settings, storage, journal } = this.#home;
    const { clock, transitions, limits, subscriptionMs, reshardAt, random } = settings;
    return {
      id,
      journal,
      clock,
      transitions,
      limits,
      subscriptionMs,
      storage,
      reshardAt,
      nextGap: nextGapOf(settings),
      random,
      accountId,
      region,
      arn: `arn:${partitionOf(region)}:kinesis:${region}:${accountId}:stream/${name}`,
      firstCreatedSeconds: this.#lastGoneSeconds + 1,
      requireQuota: (mode, shardCount) => this.requireQuota(mode, shardCount),
      isCommitted: () => this.isCommitted(),
      forget: (gone) => this.#forget(gone),
    };
  }

  #forget({ plan, shards }: Stream): void {
    this.#lastGoneSeconds = Math.max(this.#lastGoneSeconds, shards.lastCreatedSeconds);
    this.#streams.delete(plan.name);
  }

  #requireShardQuota(additional: number): void {
    const current = this.openShardCount;
    if (current + additional <= ACCOUNT_QUOTAS.openShards) return;
    const { accountId, region } = this.owner;
    throw new ServiceException(
      "LimitExceededException",
      `This request would exceed the shard limit for the account ${accountId} in ${region}. ` +
        `Current shard count for the account: ${current}. Limit: ${ACCOUNT_QUOTAS.openShards}. ` +
        `Number of additional shards that would have resulted from this request: ${additional}.`,
    );
  }

  #requireOnDemandQuota(): void {
    const limit = ACCOUNT_QUOTAS.onDemandStreams;
    if (this.onDemandStreamCount < limit) return;
    throw new ServiceException(
      "LimitExceededException",
      `This request would exceed the limit on streams in On-Demand mode for the account ${this.owner.accountId}. ` +
        `Limit: ${limit}.`,
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

/** How the numbers of shards leave gaps, where they do. */
export function nextGapOf({ sequenceGaps, random }: EmulatorSettings): NextGap | undefined {
  return sequenceGaps ? () => gapOf(random) : undefined;
}

/** None before every other record; the counter of AWS is shared by groups of shards. */
function gapOf(random: Random): number {
  return random.next() < 0.5 ? 0 : Math.floor(random.next() * MAX_GAP);
}
