// What the commands see of the process: its streams, its signals, and whether a person is watching.
import { setMaxListeners } from "node:events";

/** Styles a text, or leaves it as it is. */
export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
}

/** The process, as the commands see it. */
export interface Terminal {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** For what goes to stderr. */
  readonly style: Style;
  /** Aborts on the first SIGINT or SIGTERM; a second one ends the process at once. */
  readonly signal: AbortSignal;
}

type Code = readonly [open: number, close: number];

/** Colours for a stream that shows them, unless NO_COLOR is set (https://no-color.org, read 2026-11-21). */
export function styleOf(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Style {
  const isPlain = !stream.isTTY || (env["NO_COLOR"] ?? "") !== "" || env["TERM"] === "dumb";
  const painted =
    ([open, close]: Code) =>
    (text: string): string =>
      isPlain ? text : `\u001b[${open}m${text}\u001b[${close}m`;
  return {
    bold: painted([1, 22]),
    dim: painted([2, 22]),
    red: painted([31, 39]),
    green: painted([32, 39]),
    yellow: painted([33, 39]),
    cyan: painted([36, 39]),
  };
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  const stop = new AbortController();
  // Commands ask about many shards side by side, and Node takes more than ten listeners for a leak.
  setMaxListeners(0, stop.signal);
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.once(name, () => stop.abort(new Error(`stopped by ${name}`)));
  }
  // A reader that has seen enough, such as head, is no failure.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    stop.abort(error);
  });
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    style: styleOf(process.stderr, process.env),
    signal: stop.signal,
  };
}
