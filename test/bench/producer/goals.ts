// The goals G7 to G10: how many more records a core puts through the producer than through what people use otherwise.
import type { Goal } from "../suite.ts";
import type { VariantName } from "./variants.ts";

type Peer = "sdk" | "lifion" | "agg";

const PEERS: Readonly<Record<Peer, VariantName>> = {
  sdk: "SDK",
  lifion: "lifion-kinesis",
  agg: "aws-kinesis-agg and SDK",
};

/** What must be, and what would be good. */
type Bounds = readonly [must: number, stretch: number];

/** The goals of one variant, one against each peer. */
function goals(
  id: string,
  of: VariantName,
  bounds: Readonly<Partial<Record<Peer, Bounds>>>,
): Goal[] {
  return (Object.entries(bounds) as [Peer, Bounds][]).map(([peer, [must, stretch]]) => ({
    id: `${id}.${peer}`,
    what: `records per core through ${of}, as a multiple of ${PEERS[peer]}`,
    direction: "higher",
    of,
    against: PEERS[peer],
    must,
    stretch,
  }));
}

const CALLBACKS = { sdk: [9, 15], lifion: [6.5, 11] } as const;

export const G7: readonly Goal[] = [
  ...goals("G7", "write()", CALLBACKS),
  ...goals("G7.unordered", "write(), unordered", CALLBACKS),
  ...goals("G7.putMany", "putMany()", CALLBACKS),
  ...goals("G7.putMany.unordered", "putMany(), unordered", CALLBACKS),
];

const PROMISES_40K = { sdk: [3, 4.5], lifion: [2.2, 3.5] } as const;
const PROMISES_15K = { sdk: [5, 8], lifion: [4, 6] } as const;

export const G8: readonly Goal[] = [
  ...goals("G8.40k", "put(), 40k", PROMISES_40K),
  ...goals("G8.40k.unordered", "put(), 40k, unordered", PROMISES_40K),
  ...goals("G8.15k", "put(), 15k", PROMISES_15K),
  ...goals("G8.15k.unordered", "put(), 15k, unordered", PROMISES_15K),
];

const CALLBACKS_UNIQUE = { sdk: [5, 8], lifion: [3.8, 6], agg: [2, 3] } as const;

export const G9: readonly Goal[] = [
  ...goals("G9", "write()", CALLBACKS_UNIQUE),
  ...goals("G9.unordered", "write(), unordered", CALLBACKS_UNIQUE),
];

const CALLBACKS_1KB = { sdk: [1.8, 3.2], lifion: [2.1, 3.8] } as const;
const PROMISES_1KB = { sdk: [1.5, 2.2] } as const;

export const G10: readonly Goal[] = [
  ...goals("G10", "write()", CALLBACKS_1KB),
  ...goals("G10.unordered", "write(), unordered", CALLBACKS_1KB),
  ...goals("G10.put", "put(), 40k", PROMISES_1KB),
  ...goals("G10.put.unordered", "put(), 40k, unordered", PROMISES_1KB),
];
