import { describe, expect, it } from "vitest";
import { Admission, type Waiting } from "../../src/intake/admission.ts";
import { countAlive } from "../support/alive.ts";
import { watch } from "../support/rig.ts";

interface Item extends Waiting {
  readonly name: string;
}

/** Everything that was ever admitted, by name. */
let admitted: string[];

/** An admission at whose door every item takes room or waits for it. */
class Door extends Admission<Item> {
  enter(entering: Item): void {
    if (this.tryEnter(entering.bytes)) entering.admitted();
    else this.wait(entering);
  }
}

function open(maxRecords: number, maxBytes = 1000): { admission: Door; admitted: string[] } {
  admitted = [];
  return { admission: new Door({ maxRecords, maxBytes }), admitted };
}

const item = (name: string, bytes = 1): Item => ({
  name,
  bytes,
  admitted: () => void admitted.push(name),
});

describe("room", () => {
  it("is for just as many items as the mark says", () => {
    const { admission, admitted } = open(2);
    for (const name of ["a", "b", "c"]) admission.enter(item(name));
    expect(admitted).toEqual(["a", "b"]);
    expect(admission.outstanding).toBe(3);
  });

  it("is for just as many bytes as the mark says", () => {
    const { admission, admitted } = open(10, 1000);
    admission.enter(item("a", 600));
    admission.enter(item("b", 400));
    admission.enter(item("c", 1));
    expect(admitted).toEqual(["a", "b"]);
  });

  it("is for one item larger than the whole buffer, once the buffer is empty", () => {
    const { admission, admitted } = open(10, 1000);
    admission.enter(item("small"));
    admission.enter(item("huge", 5000));
    expect(admitted).toEqual(["small"]);
    admission.leave(1, item("small").bytes);
    expect(admitted).toEqual(["small", "huge"]);
  });
});

describe("items that wait", () => {
  it("may leave as soon as they are admitted, however many do", () => {
    const { admission } = open(1);
    admission.enter(item("first"));
    const left: number[] = [];
    for (let i = 0; i < 50_000; i += 1) {
      const admitted = (): void => {
        left.push(i);
        admission.leave(1, 1);
      };
      admission.wait({ name: String(i), bytes: 1, admitted });
    }
    admission.leave(1, 1);
    expect(left).toEqual(Array.from({ length: 50_000 }, (_, i) => i));
    expect(admission.outstanding).toBe(0);
  });

  it("A-backpressure: are admitted first come, first served, a small one no sooner than a large one", () => {
    const { admission, admitted } = open(10, 1000);
    const first = item("first", 1000);
    admission.enter(first);
    admission.enter(item("large", 1000));
    admission.enter(item("small", 0));
    expect(admission.firstWaiting?.name).toBe("large");
    expect(admission.waiting().map(({ name }) => name)).toEqual(["large", "small"]);
    admission.leave(1, first.bytes);
    expect(admitted).toEqual(["first", "large", "small"]);
    expect(admission.firstWaiting).toBeUndefined();
  });

  it("are overtaken by nobody who comes when there is room again for less", () => {
    const { admission, admitted } = open(10, 1000);
    admission.enter(item("a", 500));
    admission.enter(item("large", 900));
    admission.enter(item("small", 1));
    expect(admitted).toEqual(["a"]);
  });

  it("are overtaken by nobody who would fit into the room that somebody leaves", () => {
    const { admission, admitted } = open(10, 1000);
    const [first, second] = [item("first", 400), item("second", 500)];
    for (const each of [first, second, item("large", 900), item("small", 1)]) admission.enter(each);
    admission.leave(1, first.bytes);
    expect(admitted).toEqual(["first", "second"]);
    admission.leave(1, second.bytes);
    expect(admitted).toEqual(["first", "second", "large", "small"]);
  });

  it("can give up their place, and still count until they leave", () => {
    const { admission, admitted } = open(1);
    const [held, waiting] = [item("held"), item("waiting")];
    admission.enter(held);
    admission.enter(waiting);
    admission.withdraw(waiting);
    expect(admission.outstanding).toBe(2);
    admission.leave(1, waiting.bytes);
    admission.leave(1, held.bytes);
    expect(admission.outstanding).toBe(0);
    expect(admitted).toEqual(["held"]);
  });

  it("A-backpressure: count for nothing once all have left", () => {
    const { admission, admitted } = open(2, 10);
    const items = Array.from({ length: 20 }, (_, i) => item(`r${i}`, i));
    for (const each of items) admission.enter(each);
    for (const each of items) admission.leave(1, each.bytes);
    expect(admitted).toHaveLength(20);
    expect(admission.outstanding).toBe(0);
    expect(admission.waiting()).toEqual([]);
  });
});

describe("ready", () => {
  it("resolves at once while there is room below both marks", async () => {
    const { admission } = open(2);
    admission.enter(item("a"));
    await expect(admission.ready(undefined)).resolves.toBeUndefined();
  });

  it("resolves when the first of a full buffer leaves", async () => {
    const { admission } = open(2);
    admission.enter(item("a"));
    admission.enter(item("b"));
    const outcomes = [watch(admission.ready(undefined)), watch(admission.ready(undefined))];
    await Promise.resolve();
    expect(outcomes.map((outcome) => outcome().kind)).toEqual(["pending", "pending"]);
    admission.leave(1, item("a").bytes);
    await Promise.resolve();
    expect(outcomes.map((outcome) => outcome().kind)).toEqual(["resolved", "resolved"]);
  });

  it("does not resolve for room that those who wait take", async () => {
    const { admission } = open(1);
    admission.enter(item("a"));
    admission.enter(item("b"));
    const outcome = watch(admission.ready(undefined));
    admission.leave(1, item("a").bytes);
    await Promise.resolve();
    expect(outcome().kind).toBe("pending");
    admission.leave(1, item("b").bytes);
    await Promise.resolve();
    expect(outcome().kind).toBe("resolved");
  });

  it("rejects with the reason of its signal, before and while it waits", async () => {
    const { admission } = open(1);
    admission.enter(item("a"));
    const reason = new Error("enough");
    await expect(admission.ready(AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    const waiting = admission.ready(controller.signal);
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
  });

  it("listens once to a signal, however many wait, and leaves it alone once they are resolved", async () => {
    const { admission } = open(1);
    admission.enter(item("a"));
    const { signal } = new AbortController();
    let listeners = 0;
    const counting = new Proxy(signal, {
      get: (target, name) => {
        const value = Reflect.get(target, name) as unknown;
        if (typeof value !== "function") return value;
        if (name === "addEventListener") listeners += 1;
        if (name === "removeEventListener") listeners -= 1;
        return value.bind(target);
      },
    });
    const waiting = Array.from({ length: 11 }, () => admission.ready(counting));
    expect(listeners).toBe(1);
    admission.leave(1, item("a").bytes);
    await Promise.all(waiting);
    expect(listeners).toBe(0);
  });

  it("keeps nothing of those who wait no more, however long the buffer stays full", async () => {
    const { admission } = open(1);
    admission.enter(item("a"));
    const waitInVain = async (): Promise<WeakRef<AbortSignal>> => {
      const controller = new AbortController();
      const waiting = admission.ready(controller.signal);
      controller.abort();
      await waiting.catch(() => undefined);
      return new WeakRef(controller.signal);
    };
    const signals = await Promise.all(Array.from({ length: 1000 }, waitInVain));
    expect(await countAlive(signals)).toBe(0);
    expect(admission.outstanding).toBe(1);
  });

  it("rejects all who wait with a signal, and nobody else", async () => {
    const { admission } = open(1);
    admission.enter(item("a"));
    const reason = new Error("enough");
    const controller = new AbortController();
    const outcomes = [controller.signal, controller.signal, undefined].map((signal) =>
      watch(admission.ready(signal)),
    );
    controller.abort(reason);
    await Promise.resolve();
    const kinds = () => outcomes.map((outcome) => outcome().kind);
    expect(kinds()).toEqual(["rejected", "rejected", "pending"]);
    admission.leave(1, item("a").bytes);
    await Promise.resolve();
    expect(kinds()).toEqual(["rejected", "rejected", "resolved"]);
  });
});
