// Logging is a subscriber of events: each package has one table, event -> level and constant message.
import type { EventMap, EventSource } from "./events.ts";

/** What Shardline asks of a logger: a pino logger, or anything of its shape. */
export type Logger = Readonly<Record<Level, (fields: object, message: string) => void>>;

type Level = "debug" | "info" | "warn" | "error";

/** How each event is logged: its payload becomes the fields. What is `undefined` is not, and nobody listens for it. */
export type LogTable<Map extends EventMap> = {
  readonly [Type in keyof Map]: readonly [level: Level, message: string] | undefined;
};

const nothing = (): void => undefined;

/** A logger that keeps silent, for whoever tells what happens in another way. */
export const silentLogger: Logger = Object.freeze({
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
});

/** Logs every event of a table until disposed of. */
export function logEvents<Map extends EventMap>(
  events: EventSource<Map>,
  table: LogTable<Map>,
  logger: Logger,
): Disposable {
  const types = Object.keys(table) as (keyof Map)[];
  const handles = types.flatMap((type) => {
    const entry = table[type];
    if (entry === undefined) return [];
    const [level, message] = entry;
    return events.on(type, (payload) => logger[level](fieldsOf(payload), message));
  });
  return { [Symbol.dispose]: () => handles.forEach((handle) => handle[Symbol.dispose]()) };
}

/** pino writes an error out under the name `err`; under any other it is an empty object. */
function fieldsOf(payload: object): object {
  if (!("error" in payload)) return payload;
  const { error, ...fields } = payload;
  return { ...fields, err: error };
}
