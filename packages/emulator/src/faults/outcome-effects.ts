// What a fault does to the outcome of a call, whatever carries the answer.

/** Delays the outcome of a call, or puts another one in its place. */
export type OutcomeEffect =
  | ErrorByType
  | ErrorByStatus
  | {
      /** The answer takes its time. */
      readonly kind: "latency";
      /** In ms, each from 0 to 1 hour: fixed, drawn evenly, or drawn from a log-normal distribution. */
      readonly ms: Latency;
      /** Whether the wait comes before or after the call takes effect. @defaultValue "before" */
      readonly when?: "before" | "after";
    }
  | {
      /** There is no answer, and the call does not take effect. */
      readonly kind: "hang";
    }
  | {
      /** The service is down: 503, and nothing takes effect. */
      readonly kind: "unavailable";
    }
  | {
      /** The call takes effect and its answer is lost, so a client that tries again does it twice. */
      readonly kind: "commitThenDrop";
      /** How the client loses it: the connection ends, is reset, or stays silent. @defaultValue "reset" */
      readonly how?: "close" | "reset" | "hang";
    };

/** The call is refused before it does anything, with an exception of some name. */
interface ErrorByType extends ErrorText {
  /** Name of the exception. */
  readonly type: string;
  /** HTTP status: 400 to 599. @defaultValue the one that goes with the type */
  readonly status?: number | undefined;
}

/** The call is refused before it does anything, with some status. */
interface ErrorByStatus extends ErrorText {
  /** Name of the exception. @defaultValue the one that goes with the status, if any does */
  readonly type?: string | undefined;
  /** HTTP status: 400 to 599. */
  readonly status: number;
}

interface ErrorText {
  readonly kind: "error";
  /** @defaultValue the text of the service, where it is known */
  readonly message?: string | undefined;
  /** `"html"` is the page of something in between; `"empty"` is no body. @defaultValue "model" */
  readonly body?: "model" | "html" | "empty";
}

/** Milliseconds, or a distribution of them. */
export type Latency =
  | number
  | { readonly min: number; readonly max: number }
  /** `sigma` is the standard deviation of the logarithm: above 0, to 4. */
  | { readonly median: number; readonly sigma: number };
