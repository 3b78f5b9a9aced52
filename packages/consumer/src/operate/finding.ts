// What a diagnosis says.

export type FindingKind =
  | "stuck-parent-chain"
  | "stale-owner"
  | "hash-range-hole"
  | "lease-table-throttled"
  | "shard-halted"
  | "unreadable-item"
  | "foreign-protocol"
  | "stream-recreated"
  | "no-leases";

/** Something that an operator should know. */
export interface Finding {
  readonly kind: FindingKind;
  /** `wrong`: records are not processed, or will not be; `notice`: nothing needs to be done. */
  readonly severity: "wrong" | "notice";
  /** The shards, items or owners that it is about. */
  readonly subjects: readonly string[];
  readonly what: string;
  readonly why: string;
  /** What to do. */
  readonly advice: string;
}
