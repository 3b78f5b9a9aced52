// What the benchmark and the process of a producer whose endpoint is dead say to each other.

/** What the process is told when it starts. */
export interface MemoryArgument {
  readonly by: "put" | "write";
  /** Whether the endpoint answers until the producer is warm. */
  readonly diesAt: "start" | "warmth";
  /** How many are put, more than the buffer holds. */
  readonly records: number;
}

/** What the process tells when all records are settled. */
export interface Held {
  /** Records outstanding when the buffer was full. */
  readonly records: number;
  /** Heap and buffers, after a garbage collection, beyond what the process had before; the most of all times. */
  readonly bytes: number;
}

/** `buffer.maxBytes`, its default. */
export const MARK_BYTES: number = 64 * 1024 * 1024;
