// Typed events: the one way in which a loop tells what it does. Logs, metrics and tests all listen here.

/** Event name to payload. */
export type EventMap = Record<string, object>;

export type Listener<Payload> = (payload: Payload) => void;

/** What users see of an emitter. */
export interface EventSource<Map extends EventMap> {
  /** Calls `listener` with each event of that type until the returned handle is disposed of. */
  on<Type extends keyof Map>(type: Type, listener: Listener<Map[Type]>): Disposable;
}

/** What a loop sees of an emitter. */
export interface EventSink<Map extends EventMap> {
  /** Whether anybody would hear an event: on hot paths, ask before building a payload. */
  hasListeners(type: keyof Map): boolean;
  emit<Type extends keyof Map & string>(type: Type, payload: Map[Type]): void;
}

/** An emitter whose listeners cannot hurt it: what one throws is handed to `onListenerError`. */
export class Events<Map extends EventMap> implements EventSource<Map>, EventSink<Map> {
  readonly #listeners = new Map<keyof Map, Set<Listener<never>>>();
  readonly #onListenerError: (error: unknown, type: string) => void;

  constructor(onListenerError: (error: unknown, type: string) => void) {
    this.#onListenerError = onListenerError;
  }

  on<Type extends keyof Map>(type: Type, listener: Listener<Map[Type]>): Disposable {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners);
    // A wrapper of one's own, so that a function registered twice is also removed twice.
    const entry: Listener<Map[Type]> = (payload) => listener(payload);
    listeners.add(entry);
    return { [Symbol.dispose]: () => void listeners.delete(entry) };
  }

  hasListeners(type: keyof Map): boolean {
    return (this.#listeners.get(type)?.size ?? 0) > 0;
  }

  emit<Type extends keyof Map & string>(type: Type, payload: Map[Type]): void {
    const listeners = this.#listeners.get(type);
    if (listeners === undefined || listeners.size === 0) return;
    Object.freeze(payload);
    for (const listener of listeners) {
      try {
        (listener as Listener<Map[Type]>)(payload);
      } catch (error) {
        this.#onListenerError(error, type);
      }
    }
  }
}
