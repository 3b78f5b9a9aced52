// Everything but records that is kept: what changed, as JSON in the payload of an entry.
import type { LeaseRow } from "../lease-table/lease-rows.ts";
import type { Caller } from "../stream/namespace.ts";
import type { NamespaceImage, ShardImage, StreamImage } from "../stream/stream-image.ts";
import type { Entry } from "./entry.ts";

/** What changed. */
export type Change =
  /** An emulator began to go on from here. */
  | { readonly kind: "started" }
  /** The clock was moved, so far in all. */
  | { readonly kind: "clock"; readonly movedMs: number }
  | { readonly kind: "namespace"; readonly owner: Caller; readonly image: NamespaceImage }
  | StreamChanged
  | { readonly kind: "stream-gone"; readonly id: number }
  | { readonly kind: "lease-rows"; readonly owner: Caller; readonly rows: readonly LeaseRow[] };

/** A stream as it is now. */
export interface StreamChanged {
  readonly kind: "stream";
  readonly id: number;
  readonly owner: Caller;
  readonly image: StreamImage;
  /** Records that arrived before are trimmed. */
  readonly horizonMs: number;
  /** Those that are new, have closed or are encrypted otherwise, in the order of their indexes. */
  readonly shards: readonly ShardImage[];
}

/** Changes, to be written. */
export function changesEntry(changes: readonly Change[]): Entry {
  return { kind: "changes", payload: Buffer.from(JSON.stringify(changes)) };
}
