// Where in a stream a user record stands, as one number, so that journals stay short.
import { createHash } from "node:crypto";

const HEX_DIGITS = 13;

/** What a receipt and a consumed record have in common. */
export interface Placed {
  readonly shardId: string;
  readonly sequenceNumber: string;
  readonly subSequenceNumber: number;
}

/** 52 bits of a digest: the same for the same place, and another one for any other that a run will ever meet. */
export function placeOf({ sequenceNumber, shardId, subSequenceNumber }: Placed): number {
  const digest = createHash("sha1").update(`${shardId} ${sequenceNumber} ${subSequenceNumber}`);
  return Number.parseInt(digest.digest("hex").slice(0, HEX_DIGITS), 16);
}
