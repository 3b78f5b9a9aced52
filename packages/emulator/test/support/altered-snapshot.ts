// Snapshots with right checksums, whose content was altered.
import { encodeHead, type Entry } from "../../src/persist/entry.ts";
import { EntryScanner } from "../../src/persist/entry-scanner.ts";
import { encodeHeader } from "../../src/persist/file-header.ts";

export type Json = Record<string, unknown>;

/** The same snapshot with each of its changes altered, and with what else is added to its entries. */
export function rewrite(
  snapshot: Uint8Array,
  alter: (change: Json) => void,
  more: readonly Entry[] = [],
): Uint8Array {
  const entries: Entry[] = [];
  const scanner = new EntryScanner("snapshot", ({ kind, payload }) => {
    if (kind === "end") entries.push(...more);
    entries.push({ kind, payload: kind === "changes" ? altered(payload) : Buffer.from(payload) });
  });
  scanner.push(Buffer.from(snapshot));
  const header = encodeHeader({ kind: "snapshot", generation: 0, follows: 0 });
  const pieces = entries.flatMap((entry, i) => [encodeHead(i, entry), entry.payload]);
  return new Uint8Array(Buffer.concat([header, ...pieces]));

  function altered(payload: Buffer): Buffer {
    const changes = JSON.parse(payload.toString()) as Json[];
    for (const change of changes) alter(change);
    return Buffer.from(JSON.stringify(changes));
  }
}
