// What the caller may do with a stream, asked by calls that change nothing. A producer that may not write finds out at
// its first record otherwise, and one that may not list shards or describe the stream works, but not as well.
import {
  type ApiFailure,
  apiFailureOf,
  type KinesisApi,
  type StreamRef,
  type StreamSummary,
} from "@shardline/core";

/** A permission that a producer uses. */
export type ProducerPermission =
  | "kinesis:PutRecords"
  | "kinesis:ListShards"
  | "kinesis:DescribeStreamSummary";

/**
 * - `granted`: the service let the call pass.
 * - `denied`: it refused it for want of permission.
 * - `unknown`: it failed, or was not made, for a reason that says nothing about permissions.
 */
export type AccessVerdict = "granted" | "denied" | "unknown";

/** What became of one permission. */
export interface PermissionReport {
  readonly permission: ProducerPermission;
  readonly verdict: AccessVerdict;
  /** What the service said; absent where it is granted. */
  readonly failure?: ApiFailure;
}

/** What a caller may do with a stream. */
export interface AccessReport {
  readonly stream: string;
  /** Every permission is granted. */
  readonly isComplete: boolean;
  /** The permissions that are denied. */
  readonly missing: readonly ProducerPermission[];
  readonly permissions: readonly PermissionReport[];
  /** `"UNKNOWN"` where the stream could not be described, `"MISSING"` where there is none. */
  readonly status: StreamSummary["status"] | "MISSING" | "UNKNOWN";
}

type AskedCalls = Pick<KinesisApi, "describeStreamSummary" | "listShards" | "rehearsePutRecords">;

/** Never stored: it is only used in a rehearsal. */
const PROBE = { data: new Uint8Array(0), partitionKey: "shardline" };

/**
 * Finds out what the caller may do. A refusal of the key that a stream is encrypted with counts as one of PutRecords.
 * Rejects only with the reason of `signal`, or with what a port throws that keeps no promise.
 */
export async function checkAccess(
  kinesis: AskedCalls,
  stream: StreamRef,
  signal: AbortSignal,
): Promise<AccessReport> {
  let status: AccessReport["status"] = "UNKNOWN";
  const calls: Readonly<Record<ProducerPermission, () => Promise<unknown>>> = {
    "kinesis:PutRecords": () => kinesis.rehearsePutRecords({ stream, entries: [PROBE] }, signal),
    "kinesis:ListShards": () => kinesis.listShards({ stream, maxResults: 1 }, signal),
    "kinesis:DescribeStreamSummary": async () => {
      ({ status } = await kinesis.describeStreamSummary({ stream }, signal));
    },
  };
  const names = Object.keys(calls) as ProducerPermission[];
  const permissions = await Promise.all(
    names.map((permission) => reportOf(permission, calls[permission], signal)),
  );
  const isMissing = permissions.some(({ failure }) => failure?.kind === "missing");
  return {
    stream: stream.name,
    isComplete: permissions.every(({ verdict }) => verdict === "granted"),
    missing: permissions
      .filter(({ verdict }) => verdict === "denied")
      .map(({ permission }) => permission),
    permissions,
    status: isMissing ? "MISSING" : status,
  };
}

async function reportOf(
  permission: ProducerPermission,
  call: () => Promise<unknown>,
  signal: AbortSignal,
): Promise<PermissionReport> {
  try {
    await call();
    return { permission, verdict: "granted" };
  } catch (error) {
    signal.throwIfAborted();
    const failure = apiFailureOf(error);
    if (failure === undefined) throw error;
    return { permission, verdict: failure.kind === "denied" ? "denied" : "unknown", failure };
  }
}
