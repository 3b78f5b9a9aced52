// A fault that strikes once, at a chosen one of the times when a producer uses something that can fail.

export class Fault {
  readonly #at: number;
  #passed = 0;
  #isArmed = false;
  #where = "nowhere";

  /** `at` is how often it lets pass before it strikes. */
  constructor(at: number) {
    this.#at = at;
  }

  get hasStruck(): boolean {
    return this.#passed > this.#at;
  }

  /** Where it struck. */
  get where(): string {
    return this.#where;
  }

  /** Strikes in what is done now, and in what comes of it. */
  strike(act: () => void): void {
    this.#isArmed = true;
    act();
  }

  /** Strikes in what comes of what is done now, and not in itself. */
  spare(act: () => void): void {
    this.#isArmed = false;
    act();
    this.#isArmed = true;
  }

  /** Strikes no more. */
  disarm(): void {
    this.#isArmed = false;
  }

  pass<T>(next: () => T): T {
    if (!this.#isArmed || !isPumping()) return next();
    this.#passed += 1;
    if (this.#passed !== this.#at + 1) return next();
    const error = new RangeError("out of everything");
    this.#where = String(error.stack);
    throw error;
  }

  /** The same thing, of which every reading may fail. */
  brittle<T extends object>(thing: T): T {
    return new Proxy(thing, {
      get: (target, name) => this.pass(() => Reflect.get(target, name) as unknown),
    });
  }
}

/** The loops beside the pump, which fetch what is known of the stream, hold no records. */
function isPumping(): boolean {
  const names = ["prepareStackTrace", "stackTraceLimit"] as const;
  const before = names.map((name) => Reflect.get(Error, name) as unknown);
  // Where each call stands is looked up only in the stack that is shown.
  Error.stackTraceLimit = 50;
  Error.prepareStackTrace = (_, sites) =>
    sites.some((site) => site.getFileName()?.endsWith("/pipeline.ts"));
  const isPumping = new Error("where").stack as unknown as boolean;
  for (const [i, name] of names.entries()) Reflect.set(Error, name, before[i]);
  return isPumping;
}
