// What the benchmark and the process of the endpoint say to each other.

/** What the process is told when it starts. */
export interface EndpointArgument {
  /** What becomes of PutRecords and PutRecord: they are answered at once, or never. */
  readonly puts: "stored" | "unanswered";
}

/** Where it listens, and what to trust. */
export interface EndpointReady {
  readonly port: number;
  readonly tlsPort: number;
  /** The certificate, in PEM. */
  readonly ca: string;
}
