// The connection by which the events of one subscription come to a process. The service pushes ahead of the reader, as far as
// the connection holds; what has come waits while the process stands still, and all of it comes in order.
//
//   asked --- the service accepts ---> open --- the reader leaves, or is no more ---> over
//   asked --- the call failed, or was given up ---> over;  open --- goes silent ---> silent, which the service never learns
import {
  apiCallFailed,
  type Clock,
  LinkedSignal,
  PushedEvents,
  type Random,
  type ShardSubscription,
  type SubscriptionEvent,
} from "@shardline/core";
import type { SimProcess } from "../fleet/sim-process.ts";
import { drawDelayMs } from "../odds.ts";
import type { FaultName } from "./fault-names.ts";
import type { PushOdds } from "./push-odds.ts";

/** Events that a connection holds which nobody has taken. */
const WINDOW = 4;
/** An event that is held up comes so much later at most: less than a subscription may be silent. */
const MAX_HELD_UP_MS = 8000;

const CUT = apiCallFailed("SubscribeToShard", {
  kind: "transient",
  awsName: "ECONNRESET",
  reason: "the connection was reset",
  isAmbiguous: true,
});

export interface PushLineParts {
  readonly process: SimProcess;
  /** The world's own: what is under way does not die with its reader. */
  readonly clock: Clock;
  readonly odds: PushOdds;
  readonly random: Random;
  readonly latencyMs: () => number;
  /** Counts a fault; answers whether there still are any. */
  readonly strike: (fault: FaultName) => boolean;
}

type Events = AsyncIterator<SubscriptionEvent, unknown>;

/** What comes by it. */
type Step =
  | { readonly kind: "event"; readonly event: SubscriptionEvent }
  | { readonly kind: "end" }
  | { readonly kind: "failure"; readonly error: unknown };

interface Reader {
  resolve(result: IteratorResult<SubscriptionEvent, unknown>): void;
  reject(error: unknown): void;
}

type Fate = "subscription cut" | "subscription cut clean" | "subscription silent";

export class PushLine {
  readonly #parts: PushLineParts;
  #state: "asked" | "open" | "silent" | "over" = "asked";
  /** Ends the subscription at the service. */
  #hangUp: AbortController | undefined;
  #underWay: { readonly step: Step; readonly atMs: number }[] = [];
  #arrived: Step[] = [];
  /** When the last that is under way arrives. */
  #lastAtMs = 0;
  #reader: Reader | undefined;
  #arrival: Disposable | undefined;
  #handOver: Disposable | undefined;
  #fate: Disposable | undefined;
  #wakePusher: () => void = () => undefined;

  constructor(parts: PushLineParts) {
    this.#parts = parts;
  }

  /** At the service, each time that the request arrives. One that nobody waits for is accepted too, and hung up at once. */
  async accept(
    subscribe: (signal: AbortSignal) => Promise<ShardSubscription>,
  ): Promise<ShardSubscription> {
    const hangUp = new AbortController();
    const events = await subscribe(hangUp.signal);
    if (this.#state === "asked" && this.#parts.process.isAlive) {
      this.#hangUp = hangUp;
      this.#open(events[Symbol.asyncIterator]());
    } else hangUp.abort();
    return events;
  }

  /** At the process: what comes of the call, and then by the connection. */
  async open(answered: Promise<unknown>, signal: AbortSignal): Promise<ShardSubscription> {
    const left = new LinkedSignal(signal);
    left.signal.addEventListener("abort", () => this.#close(), { once: true });
    try {
      await answered;
      return new PushedEvents({ next: () => this.#next(), signal, left });
    } catch (error) {
      left.abort(undefined);
      this.#close();
      throw error;
    }
  }

  #open(events: Events): void {
    this.#state = "open";
    this.#awaitFate();
    void this.#push(events);
  }

  async #push(events: Events): Promise<void> {
    try {
      for (;;) {
        await this.#untilRoom();
        const { done, value } = await events.next();
        // A connection to one that is no more ends when something is sent by it.
        if (!this.#parts.process.isAlive) this.#close();
        if (this.#state === "over") return;
        if (done === true) return this.#send({ kind: "end" });
        this.#send({ kind: "event", event: value });
      }
    } catch (error) {
      this.#send({ kind: "failure", error });
    }
  }

  async #untilRoom(): Promise<void> {
    while (this.#state === "open" && this.#underWay.length + this.#arrived.length >= WINDOW) {
      await new Promise<void>((resolve) => {
        this.#wakePusher = resolve;
      });
    }
  }

  #send(step: Step): void {
    if (this.#state !== "open") return;
    const { clock, latencyMs, odds, random, strike } = this.#parts;
    const isHeldUp = random.next() < odds.heldUp && strike("event held up");
    const heldUpMs = isHeldUp ? random.next() * MAX_HELD_UP_MS : 0;
    const atMs = Math.max(this.#lastAtMs, clock.nowMs() + latencyMs() + heldUpMs);
    this.#lastAtMs = atMs;
    this.#underWay.push({ step, atMs });
    if (this.#arrival === undefined) this.#awaitArrival();
  }

  #awaitArrival(): void {
    const [first] = this.#underWay;
    this.#arrival = undefined;
    if (first === undefined) return;
    const { clock } = this.#parts;
    this.#arrival = clock.startTimer(first.atMs - clock.nowMs(), () => {
      this.#underWay.shift();
      this.#arrive(first.step);
      this.#awaitArrival();
    });
  }

  #arrive(step: Step): void {
    this.#arrived.push(step);
    this.#tell();
  }

  #next(): Promise<IteratorResult<SubscriptionEvent, unknown>> {
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
      this.#tell();
    });
  }

  /** A process that stands still, or is no more, hears of nothing. */
  #tell(): void {
    if (this.#reader === undefined || this.#arrived.length === 0) return;
    this.#handOver ??= this.#parts.process.startTimer(0, () => {
      this.#handOver = undefined;
      const [step, reader] = [this.#arrived.shift(), this.#reader];
      this.#reader = undefined;
      if (step !== undefined && reader !== undefined) settle(reader, step);
      this.#wakePusher();
    });
  }

  #awaitFate(): void {
    const { odds, process, random } = this.#parts;
    const fates: readonly (readonly [Fate, number])[] = [
      ["subscription cut", drawDelayMs(odds.cutMs, random)],
      ["subscription cut clean", drawDelayMs(odds.cutCleanMs, random)],
      ["subscription silent", drawDelayMs(odds.silentMs, random)],
    ];
    const [fate, afterMs] = fates.reduce((one, other) => (other[1] < one[1] ? other : one));
    if (afterMs < Number.POSITIVE_INFINITY)
      this.#fate = process.startTimer(afterMs, () => this.#suffer(fate));
  }

  #suffer(fate: Fate): void {
    if (!this.#parts.strike(fate)) return;
    switch (fate) {
      case "subscription cut":
        this.#drop();
        this.#arrived = [];
        this.#arrive({ kind: "failure", error: CUT });
        return this.#hangUp?.abort();
      case "subscription cut clean":
        this.#send({ kind: "end" });
        return this.#hangUp?.abort();
      case "subscription silent":
        this.#drop();
        this.#state = "silent";
        this.#wakePusher();
    }
  }

  /** What is under way never arrives. */
  #drop(): void {
    this.#underWay = [];
    this.#arrival?.[Symbol.dispose]();
    this.#arrival = undefined;
  }

  /** The reader has left, or is no more; by a silent connection nobody hears of it. */
  #close(): void {
    this.#drop();
    this.#fate?.[Symbol.dispose]();
    this.#handOver?.[Symbol.dispose]();
    this.#arrived = [];
    if (this.#state === "silent") return;
    this.#state = "over";
    this.#hangUp?.abort();
    this.#wakePusher();
  }
}

function settle(reader: Reader, step: Step): void {
  switch (step.kind) {
    case "event":
      return reader.resolve({ value: step.event });
    case "end":
      return reader.resolve({ done: true, value: undefined });
    case "failure":
      return reader.reject(step.error);
  }
}
