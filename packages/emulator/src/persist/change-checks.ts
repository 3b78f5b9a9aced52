// Whether JSON says what a change says. What a checksum fits was written by an emulator, but a snapshot comes from
// whoever hands it in.
import {
  type Check,
  group,
  integer,
  MAX_HASH_KEY,
  number,
  oneOf,
  optional,
  parsed,
  parseStreamRef,
  required,
  wrong,
} from "@shardline/core";
import { MAX_MOVED_MS } from "../movable-clock.ts";
import type { BillingCommitment } from "../stream/billing-commitment.ts";
import { ACCOUNT_QUOTAS, type Caller } from "../stream/namespace.ts";
import type { StreamChange } from "../stream/stream-change.ts";
import type {
  ConsumerImage,
  NamespaceImage,
  ShardImage,
  StreamImage,
} from "../stream/stream-image.ts";
import type { LeaseRow } from "../lease-table/lease-rows.ts";
import { readRowKey } from "../lease-table/row-key.ts";
import type { Change, StreamChanged } from "./change.ts";
import { list, orNull, tagged } from "./json-checks.ts";
import { SETTINGS, SOME_SETTINGS, WARM_THROUGHPUT } from "./settings-checks.ts";

type Tag = readonly [string, string];
type Of<Kind extends StreamChange["kind"]> = Extract<StreamChange, { readonly kind: Kind }>;

const WHOLE = required(integer({ min: 0, max: Number.MAX_SAFE_INTEGER }));
const ID = required(integer({ min: 0, max: 0xffff_ffff }));
const TIME = required(finite);
const MOVED = number({ min: 0, max: MAX_MOVED_MS });
const TEXT = required(parsed("a text", (text) => text));
const HASH_KEY = required(parsed("a hash key", (text) => (isHashKey(text) ? text : undefined)));

const OWNER = group<Caller>({ accountId: TEXT, region: TEXT });
const TAGS = list<Tag>((value, path, problems) => {
  const isTag =
    Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === "string");
  if (!isTag) problems.push(wrong(path, "a key and a value", value));
  return value as Tag;
});
const NOT_COMMITTED = group<Extract<BillingCommitment, { readonly status: "DISABLED" }>>({
  status: required(oneOf("DISABLED")),
  startedAtMs: optional(TIME),
  endedAtMs: optional(TIME),
});
const COMMITTED = group<Exclude<BillingCommitment, { readonly status: "DISABLED" }>>({
  status: required(oneOf("ENABLED", "ENABLED_UNTIL_EARLIEST_ALLOWED_END")),
  startedAtMs: TIME,
});
const COMMITMENT = tagged<BillingCommitment>("status", {
  DISABLED: NOT_COMMITTED,
  ENABLED: COMMITTED,
  ENABLED_UNTIL_EARLIEST_ALLOWED_END: COMMITTED,
});
const CONSUMER = group<ConsumerImage>({
  name: TEXT,
  createdAtMs: TIME,
  tags: TAGS,
  resourcePolicy: optional(TEXT),
  status: required(oneOf("CREATING", "ACTIVE", "DELETING")),
});
const STREAM_CHANGES: { readonly [Kind in StreamChange["kind"]]: Check<Of<Kind>> } = {
  split: group({ kind: required(oneOf("split")), shardId: TEXT, at: HASH_KEY }),
  merge: group({ kind: required(oneOf("merge")), shardId: TEXT, adjacentId: TEXT }),
  scale: group({
    kind: required(oneOf("scale")),
    shardCount: required(integer({ min: 1, max: 10_000 })),
  }),
  "warm-up": group<Of<"warm-up">>({
    kind: required(oneOf("warm-up")),
    miBps: required(WARM_THROUGHPUT),
    settings: SOME_SETTINGS,
  }),
  settings: group<Of<"settings">>({ kind: required(oneOf("settings")), settings: SOME_SETTINGS }),
};
const IMAGE = group<StreamImage>({
  name: required(parsed("a stream name", nameIn)),
  shardCount: required(integer({ min: 1, max: ACCOUNT_QUOTAS.openShards })),
  createdAtMs: TIME,
  createdSeconds: WHOLE,
  settings: SETTINGS,
  tags: TAGS,
  resourcePolicy: optional(TEXT),
  status: required(oneOf("CREATING", "ACTIVE", "UPDATING", "DELETING")),
  change: optional(tagged<StreamChange>("kind", STREAM_CHANGES)),
  shardsEver: WHOLE,
  lastCreatedSeconds: WHOLE,
  consumers: list(CONSUMER),
});
const SHARD = group<ShardImage>({
  index: ID,
  start: HASH_KEY,
  end: HASH_KEY,
  parentIds: list(TEXT),
  createdAtMs: TIME,
  createdSeconds: WHOLE,
  encryptedTurns: list(WHOLE),
  closedAtMs: optional(TIME),
  nextIndex: WHOLE,
  lastArrivalMs: orNull(TIME),
});
const ROW: Check<LeaseRow> = (value, path, problems) => {
  const isRow = Array.isArray(value) && value.length === 2 && isRowOf(value[0], value[1]);
  if (!isRow) problems.push(wrong(path, "the key of a row and what it holds", value));
  return value as LeaseRow;
};

/** A check for each kind of change. */
const KINDS: { readonly [Kind in Change["kind"]]: Check<Extract<Change, { kind: Kind }>> } = {
  started: group({ kind: required(oneOf("started")) }),
  clock: group({ kind: required(oneOf("clock")), movedMs: required(MOVED) }),
  namespace: group({
    kind: required(oneOf("namespace")),
    owner: OWNER,
    image: group<NamespaceImage>({ lastGoneSeconds: WHOLE, commitment: COMMITMENT }),
  }),
  stream: group<StreamChanged>({
    kind: required(oneOf("stream")),
    id: ID,
    owner: OWNER,
    image: IMAGE,
    horizonMs: required(finite),
    shards: list(SHARD),
  }),
  "stream-gone": group({ kind: required(oneOf("stream-gone")), id: ID }),
  "lease-rows": group({ kind: required(oneOf("lease-rows")), owner: OWNER, rows: list(ROW) }),
};

/** A list of changes. */
export const CHANGES: Check<readonly Change[]> = list(tagged<Change>("kind", KINDS));

/** A table says its own name; of everything else it is for its users to say what it means. */
function isRowOf(key: unknown, text: unknown): boolean {
  const of = typeof key === "string" ? readRowKey(key) : undefined;
  if (of === undefined || text === null) return of !== undefined;
  const row = parseJson(text);
  if (typeof row !== "object" || row === null) return of.kind === "tag" && row !== undefined;
  return of.kind !== "table" || ("TableName" in row && row.TableName === of.table);
}

function parseJson(text: unknown): unknown {
  try {
    return typeof text === "string" ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}

function nameIn(text: string): string | undefined {
  return parseStreamRef(text)?.name === text ? text : undefined;
}

function isHashKey(text: string): boolean {
  return /^(0|[1-9]\d{0,38})$/.test(text) && BigInt(text) <= MAX_HASH_KEY;
}

function finite(value: unknown, path: string, problems: string[]): number {
  if (!Number.isFinite(value)) problems.push(wrong(path, "a number", value));
  return value as number;
}
