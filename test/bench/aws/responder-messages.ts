// What the benchmark and the responder's process say to each other.

/** The first message of the responder: where it listens, and what to trust. */
export interface ResponderReady {
  readonly http1: number;
  /** HTTP/2 without TLS. */
  readonly h2c: number;
  /** Either over TLS. */
  readonly tls: number;
  /** The certificate, in PEM. */
  readonly ca: string;
}
