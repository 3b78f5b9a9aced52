// A sample that comes to two figures, each of which is a comparison of its own: the second one tells what the samples
// of the first one came to, instead of taking them again.

/** Hands one figure out and keeps the other for later. */
export class SideFigures<Figures> {
  readonly #kept = new Map<string, Figures[]>();

  /** Takes a sample of a variant. */
  async take(variant: string, sample: () => Figures | Promise<Figures>): Promise<Figures> {
    const figures = await sample();
    this.#kept.set(variant, [...(this.#kept.get(variant) ?? []), figures]);
    return figures;
  }

  /** What its samples came to, in the order in which they were taken. */
  next(variant: string): Figures {
    const figures = this.#kept.get(variant)?.shift();
    if (figures === undefined) throw new Error(`"${variant}" was not measured so often`);
    return figures;
  }
}
