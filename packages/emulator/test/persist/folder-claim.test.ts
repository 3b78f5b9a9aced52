// Processes that claim one folder, in any order of their steps, killed and started again at any of them: never do two have
// it, and as long as somebody comes who is let finish, somebody gets it.
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Claim, claim, type ClaimFiles } from "../../src/persist/folder-claim.ts";

/** The files of one folder. */
class Row implements ClaimFiles {
  readonly files = new Map<number, string>();

  read(nth: number): string | undefined {
    return this.files.get(nth);
  }

  create(nth: number, text: string): boolean {
    if (this.files.has(nth)) return false;
    this.files.set(nth, text);
    return true;
  }

  moveToFront(nth: number): void {
    const text = this.files.get(nth);
    if (text === undefined) throw new Error(`nobody stands at ${nth}`);
    this.files.set(0, text);
    this.files.delete(nth);
  }

  remove(nth: number): void {
    this.files.delete(nth);
  }
}

type Life =
  | {
      readonly kind: "claiming";
      readonly text: string;
      readonly steps: Generator<undefined, Claim>;
    }
  | { readonly kind: "holding"; readonly text: string }
  | { readonly kind: "idle" };

/** Processes that come and go. */
class World {
  readonly row = new Row();
  readonly #gone = new Set<string>();
  readonly #lives: Life[];
  #texts = 0;
  held = 0;

  constructor(processes: number) {
    this.#lives = Array.from({ length: processes }, () => ({ kind: "idle" }) as const);
  }

  get holders(): number {
    return this.#lives.filter(({ kind }) => kind === "holding").length;
  }

  /** Names in the row of whoever neither was killed nor is there. */
  get strays(): readonly string[] {
    const known = new Set(this.#gone);
    for (const life of this.#lives) if (life.kind !== "idle") known.add(life.text);
    return [...this.row.files.values()].filter((text) => !known.has(text));
  }

  /** The next step of a process: it begins to claim, goes on, or gives the folder back. */
  step(process: number): void {
    const life = this.#lives[process] as Life;
    if (life.kind === "idle") this.#lives[process] = this.#begin();
    else if (life.kind === "holding") {
      this.row.remove(0);
      this.#lives[process] = { kind: "idle" };
    } else {
      const { done, value } = life.steps.next();
      if (done === true) this.#lives[process] = this.#end(life.text, value);
    }
  }

  kill(process: number): void {
    const life = this.#lives[process] as Life;
    if (life.kind !== "idle") this.#gone.add(life.text);
    this.#lives[process] = { kind: "idle" };
  }

  #begin(): Life {
    const text = `process ${(this.#texts += 1)}`;
    const isGone = (other: string): boolean => this.#gone.has(other);
    return { kind: "claiming", text, steps: claim(this.row, { text, isGone }) };
  }

  #end(text: string, { kind }: Claim): Life {
    if (kind === "refused") return { kind: "idle" };
    this.held += 1;
    return { kind: "holding", text };
  }
}

const PROCESSES = 4;
const process = fc.nat({ max: PROCESSES - 1 });
const event = fc.oneof(
  {
    weight: 30,
    arbitrary: process.map((of) => ({ kind: "step" as const, of })),
  },
  { weight: 1, arbitrary: process.map((of) => ({ kind: "kill" as const, of })) },
);

test("never do two processes have a folder, whatever steps they take and whenever they are killed", () => {
  let held = 0;
  fc.assert(
    fc.property(fc.array(event, { minLength: 100, maxLength: 300, size: "max" }), (events) => {
      const world = new World(PROCESSES);
      for (const { kind, of } of events) {
        if (kind === "step") world.step(of);
        else world.kill(of);
        if (world.holders > 1) throw new Error("two have the folder");
      }
      expect(world.strays).toEqual([]);
      held += world.held;
      for (let of = 0; of < PROCESSES; of += 1) world.kill(of);
      for (let i = 0; world.holders === 0; i += 1) {
        expect(i, "steps of one process alone").toBeLessThan(100);
        world.step(0);
      }
    }),
    { numRuns: 300 },
  );
  expect(held).toBeGreaterThan(300);
});

/** Every order in which so many steps of two processes can follow each other. */
function* orders(first: number, second: number): Generator<readonly (0 | 1)[]> {
  if (first === 0 && second === 0) yield [];
  if (first > 0) for (const rest of orders(first - 1, second)) yield [0, ...rest];
  if (second > 0) for (const rest of orders(first, second - 1)) yield [1, ...rest];
}

test.each([1, 2])(
  "of two that find the same %i names of processes that have gone exactly one has the folder, in every order of their steps",
  (names) => {
    let tried = 0;
    for (const order of orders(8, 8)) {
      const row = new Row();
      for (let nth = 0; nth < names; nth += 1) row.create(nth, `gone ${nth}`);
      const isGone = (text: string): boolean => text.startsWith("gone");
      const claims = ["a", "b"].map((text) => claim(row, { text, isGone }));
      const ends: (Claim | undefined)[] = [undefined, undefined];
      for (const of of [...order, 0, 1, 0, 1, 0, 1, 0, 1] as const) {
        const next = claims[of]?.next();
        if (next?.done === true && next.value !== undefined) ends[of] = next.value;
      }
      const kinds = ends.map((end) => end?.kind);
      const isOne = kinds.includes("held") && kinds.includes("refused");
      const has = kinds[0] === "held" ? "a" : "b";
      if (!isOne || row.files.size !== 1 || row.read(0) !== has) {
        expect.fail(`in the order ${order.join("")}: ${kinds.join(" and ")}`);
      }
      tried += 1;
    }
    expect(tried).toBe(12_870);
  },
);
