// What the process of a worker says, a line of the standard output each, with tabs between the fields. Times are
// `machineMs`.

/** One line. */
export type WorkerNews =
  | { readonly kind: "ready" | "expects" | "stopped" }
  /** It was told to run, and is about to make its clients. */
  | { readonly kind: "runs"; readonly atMs: number; readonly application: string }
  /** It holds a lease, or no longer. */
  | {
      readonly kind: "taken" | "gone";
      readonly atMs: number;
      readonly application: string;
      readonly shardId: string;
    }
  /** The handler was handed a batch. */
  | {
      readonly kind: "batch";
      readonly atMs: number;
      readonly application: string;
      readonly shardId: string;
    }
  /** The handler was handed a record. */
  | {
      readonly kind: "record";
      readonly atMs: number;
      readonly application: string;
      readonly text: string;
    }
  | ({ readonly kind: "done" } & Arrival)
  | ({ readonly kind: "use" } & WorkerUse);

/** What was expected has come. */
export interface Arrival {
  readonly atMs: number;
  readonly records: number;
  /** Of the whole process, since it was told to expect them. */
  readonly cpuUs: number;
}

/** What the process came to so far. */
export interface WorkerUse {
  readonly cpuUs: number;
  readonly rssBytes: number;
}

/** Reads a line; `undefined` of one that is nothing to us. */
export function newsOf(line: string): WorkerNews | undefined {
  const [kind = "", ...fields] = line.split("\t");
  const [first = "", application = "", last = ""] = fields;
  const atMs = Number(first);
  switch (kind) {
    case "ready":
    case "expects":
    case "stopped":
      return { kind };
    case "runs":
      return { kind, atMs, application };
    case "taken":
    case "gone":
    case "batch":
      return { kind, atMs, application, shardId: last };
    case "record":
      return { kind, atMs, application, text: last };
    case "done": {
      const [, records = 0, cpuUs = 0] = fields.map(Number);
      return { kind, atMs, records, cpuUs };
    }
    case "use": {
      const [cpuUs = 0, rssBytes = 0] = fields.map(Number);
      return { kind, cpuUs, rssBytes };
    }
    default:
      return undefined;
  }
}
