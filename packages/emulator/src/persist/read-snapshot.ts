// A snapshot that somebody hands in: the bytes of a file of the kind that a folder has.
import { damaged } from "./damage.ts";
import { EntryScanner } from "./entry-scanner.ts";
import type { Past, Replay } from "./replay.ts";

/** What errors call it. */
export const SNAPSHOT = "the snapshot";

/**
 * What a snapshot holds.
 * @throws KinesisError PERSISTENCE_FAILED
 */
export function readSnapshot(bytes: Uint8Array, replay: Replay): Past {
  let isWhole = false;
  const scanner = new EntryScanner(SNAPSHOT, (entry, place) => {
    isWhole = entry.kind === "end";
    replay.take(entry, place);
  });
  scanner.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const { end, tornBytes } = scanner.finish();
  if (scanner.header?.kind !== "snapshot") {
    throw damaged({ file: SNAPSHOT, offset: 0 }, "this is no snapshot");
  }
  if (!isWhole || tornBytes > 0)
    throw damaged({ file: SNAPSHOT, offset: end }, "its end is missing");
  return replay.finish({ file: SNAPSHOT });
}
