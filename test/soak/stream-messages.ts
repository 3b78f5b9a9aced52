// What the soak and the process of its stream say to each other.

/** What the process of the stream is told when it starts. */
export interface StreamArgument {
  readonly reshardMs: number;
  /** Ids of records are below it. */
  readonly maxIds: number;
}

/** The first message of that process: where to put. */
export interface StreamReady {
  readonly port: number;
}

/** Its answer to the one question that it is asked: what a KCL would have delivered until now, all of it. */
export interface StreamRead {
  /** How often each id was delivered, by id; at most 255. */
  readonly deliveries: Uint8Array;
  readonly reshards: number;
  /** Faults that struck. */
  readonly faults: number;
}

/** The stream's name. */
export const STREAM = "soak";
