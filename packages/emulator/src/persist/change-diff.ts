// What has changed since it was asked the last time. It compares, so that no operation has to say what it changes: one
// that is new is kept like all others.
import { type Caller, keyOf, type Namespace } from "../stream/namespace.ts";
import type { Shard } from "../stream/shard.ts";
import type { Stream } from "../stream/stream.ts";
import type { Change } from "./change.ts";

/** What is kept of an emulator, beside its lease tables. */
export interface Kept {
  /** How far the clock was moved, in milliseconds. */
  movedMs(): number;
  namespaces(): Iterable<Namespace>;
}

interface KnownStream {
  text: string;
  /** What was told of each shard, by its index. */
  shards: Map<number, string>;
}

/** Remembers what it has told. One that is new tells everything. */
export class ChangeDiff {
  #movedMs = 0;
  readonly #namespaces = new Map<string, string>();
  readonly #streams = new Map<number, KnownStream>();

  /** What is different from what it told before. */
  changes(kept: Kept): Change[] {
    const movedMs = kept.movedMs();
    const clock: Change[] = movedMs === this.#movedMs ? [] : [{ kind: "clock", movedMs }];
    this.#movedMs = movedMs;
    const namespaces = [...kept.namespaces()];
    const streams = namespaces.flatMap((namespace) =>
      namespace.all().flatMap((stream) => this.#streamChange(namespace.owner, stream)),
    );
    return [
      ...clock,
      ...namespaces.flatMap((namespace) => this.#namespaceChange(namespace)),
      ...this.#gone(namespaces),
      ...streams,
    ];
  }

  #namespaceChange(namespace: Namespace): Change[] {
    const { owner } = namespace;
    const image = namespace.image();
    const key = keyOf(owner);
    const text = JSON.stringify(image);
    if (this.#namespaces.get(key) === text) return [];
    this.#namespaces.set(key, text);
    return [{ kind: "namespace", owner, image }];
  }

  #streamChange(owner: Caller, stream: Stream): Change[] {
    const { id } = stream.home;
    // What is told to be behind the horizon stays so, whatever the clock does: also as long as this process lives.
    stream.expire();
    const image = stream.image();
    const text = JSON.stringify(image);
    const known = this.#streams.get(id) ?? { text: "", shards: new Map<number, string>() };
    this.#streams.set(id, known);
    const all = [...stream.shards.all()];
    const shards = all.filter((shard) => known.shards.get(shard.origin.index) !== textOf(shard));
    known.shards = new Map(all.map((shard) => [shard.origin.index, textOf(shard)]));
    if (known.text === text && shards.length === 0) return [];
    known.text = text;
    return [
      {
        kind: "stream",
        id,
        owner,
        image,
        horizonMs: stream.horizonMs,
        shards: shards.map((shard) => shard.image()),
      },
    ];
  }

  #gone(namespaces: readonly Namespace[]): Change[] {
    const ids = new Set(
      namespaces.flatMap((namespace) => namespace.all().map(({ home }) => home.id)),
    );
    const gone = [...this.#streams.keys()].filter((id) => !ids.has(id));
    for (const id of gone) this.#streams.delete(id);
    return gone.map((id) => ({ kind: "stream-gone", id }));
  }
}

/** What of a shard changes, beside its records. */
function textOf({ closing, encrypted }: Shard): string {
  return `${closing === undefined ? "open" : "closed"} ${encrypted.turns.join(" ")}`;
}
