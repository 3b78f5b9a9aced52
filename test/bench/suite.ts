// What a benchmark is made of. A suite yields comparisons; a comparison is some variants that do the same
// work, ours beside floors and peers; a goal is a ratio between two of them.

/**
 * Yields comparisons, each of which is measured before the next is asked for: what one needs is set up before
 * its `yield` and taken down after it.
 */
export type Suite = () => Iterable<Comparison> | AsyncIterable<Comparison>;

/** Variants of the same work. */
export interface Comparison {
  readonly title: string;
  /** What costs are counted in: "µs per record". */
  readonly unit: string;
  readonly variants: readonly Variant[];
  readonly goals: readonly Goal[];
  /** Variants of ours that the summary shows beside the first one, each with the peer that comes closest to it. */
  readonly also?: readonly string[];
  /** What there is one of for each cost, where costs are µs: the summary then tells how many there are in a second. */
  readonly perSecond?: string;
  /** Where a sample takes minutes: no more rounds than these, however many are asked for. */
  readonly maxRounds?: number;
  /**
   * Throws unless all variants come to the same result. Nothing is measured before. Where that takes minutes, it tells how
   * far it is.
   */
  readonly check: (tell: (progress: string) => void) => void | Promise<void>;
}

/** One way to do the work. */
interface Variant {
  readonly name: string;
  /** A floor is work that nobody can avoid; a peer is what people use otherwise. */
  readonly role: "ours" | "floor" | "peer";
  /** Does the work for a while and answers what it cost, in the comparison's unit; less is better. */
  readonly sample: () => number | Promise<number>;
}

/** What a ratio of costs has to be. */
export interface Goal {
  readonly id: string;
  readonly what: string;
  readonly direction: "lower" | "higher";
  /** The name of the variant that has the goal. */
  readonly of: string;
  /**
   * The name of the variant that it is compared with: "lower" goals are `of`'s cost over this one's, "higher"
   * goals the other way round. Without it the goal is on the cost itself.
   */
  readonly against?: string;
  readonly must: number;
  readonly stretch: number;
}
