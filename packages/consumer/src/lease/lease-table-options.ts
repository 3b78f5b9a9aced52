// How a lease table is made where there is none, in the terms of its users.

/** What a table can take: whatever comes, or so many units a second. */
export type TableBilling =
  | "on-demand"
  | { readonly readUnits: number; readonly writeUnits: number };

/** How the lease table is made. A table that exists is left as it is, but for point-in-time recovery. */
export interface LeaseTableOptions {
  /**
   * Whether a table that is missing is created; then the first start needs the permission `dynamodb:CreateTable`, and
   * `dynamodb:TagResource` for tags. Otherwise `run` rejects with LEASE_TABLE_UNUSABLE.
   * @defaultValue true
   */
  readonly create?: boolean;
  /**
   * How a new table is paid for: by request, or with so many read and write units a second, each from 1; its index gets
   * as many (KCL: billingMode, initialLeaseTableReadCapacity, initialLeaseTableWriteCapacity).
   * @defaultValue "on-demand"
   */
  readonly billing?: TableBilling;
  /**
   * Whether the table, also one that exists, can be restored to any second of the last weeks; needs the permission
   * `dynamodb:UpdateContinuousBackups` at each start (KCL: leaseTablePitrEnabled).
   * @defaultValue false
   */
  readonly pointInTimeRecovery?: boolean;
  /** Whether a new table cannot be deleted until that is changed (KCL: leaseTableDeletionProtectionEnabled). @defaultValue false */
  readonly deletionProtection?: boolean;
  /** Tags of a new table, at most 50 (KCL: tags). @defaultValue none */
  readonly tags?: Readonly<Record<string, string>>;
}

/** What stands where nothing is said. */
export const TABLE_DEFAULTS: Readonly<Required<LeaseTableOptions>> = Object.freeze({
  create: true,
  billing: "on-demand",
  pointInTimeRecovery: false,
  deletionProtection: false,
  tags: Object.freeze({}),
});
