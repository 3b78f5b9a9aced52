// The streams of every account and region that has been called for.
import type { EmulatorSettings } from "./emulator-options.ts";
import type { Past } from "./persist/replay.ts";
import type { Journal } from "./stream/journal.ts";
import { type Caller, keyOf, Namespace, type NamespaceHome } from "./stream/namespace.ts";
import type { Storage } from "./stream/storage.ts";
import type { Stream } from "./stream/stream.ts";

/** What stands around the streams. */
interface NamespacesParts {
  readonly settings: EmulatorSettings;
  readonly storage: Storage;
  /** Absent where nothing is kept beyond the process. */
  readonly journal: Journal | undefined;
}

/** All namespaces of an emulator. */
export class Namespaces implements Disposable {
  readonly #home: NamespaceHome;
  readonly #known = new Map<string, Namespace>();
  #nextStreamId = 0;

  constructor(parts: NamespacesParts) {
    this.#home = { ...parts, nextStreamId: () => this.#nextStreamId++ };
  }

  all(): Iterable<Namespace> {
    return this.#known.values();
  }

  *streams(): Iterable<Stream> {
    for (const namespace of this.all()) yield* namespace.all();
  }

  find(owner: Caller): Namespace | undefined {
    return this.#known.get(keyOf(owner));
  }

  findStream(name: string, owner: Caller): Stream | undefined {
    return this.find(owner)?.find(name);
  }

  /** Finds one, or begins it. */
  open(owner: Caller): Namespace {
    const known = this.find(owner);
    if (known !== undefined) return known;
    const namespace = new Namespace(owner, this.#home);
    this.#known.set(keyOf(owner), namespace);
    return namespace;
  }

  /** Takes up what there was. */
  resume({ namespaces, streams, nextStreamId }: Past): void {
    this.#nextStreamId = Math.max(this.#nextStreamId, nextStreamId);
    for (const { owner, image } of namespaces) this.open(owner).resume(image);
    for (const { owner, stream } of streams) this.open(owner).addPast(stream);
  }

  [Symbol.dispose](): void {
    for (const namespace of this.all()) namespace[Symbol.dispose]();
  }
}
