// The rules of one emulator: added and removed by whoever breaks things, asked once for every call.
import { type Clock, LinkedSignal, type Random } from "@shardline/core";
import { type CallSubject, memberOf, shardIdsOf, streamOf } from "./call-subject.ts";
import { readRule } from "./fault-checks.ts";
import type { FaultEffect, SettledEffect } from "./fault-effects.ts";
import { type Fired, type FaultPlan, planFaults } from "./fault-plan.ts";
import type { FaultInput } from "./fault-presets.ts";
import { drawsOf } from "./fault-random.ts";
import type { FaultService, SettledRule } from "./fault-rule.ts";
import { Ring } from "../ring.ts";
import { matchOf, type RuleMatch } from "./rule-match.ts";

/** One firing of a rule. */
export interface FaultLogEntry {
  /** Epoch milliseconds of the emulator's clock. */
  readonly atMs: number;
  /** `"x-emu-fault"` where the request itself asked for it. */
  readonly ruleId: string;
  readonly effect: FaultEffect["kind"];
  readonly service: FaultService;
  readonly operation: string;
  readonly stream?: string;
  /** The first of the shards that the call is for. */
  readonly shardId?: string;
  readonly table?: string;
}

/** A rule that was added and not removed. */
export interface ListedFault {
  /** As in `fault-1`: rules are counted from 1 in the order in which they were added. */
  readonly id: string;
  /** Whether it can still fire. */
  readonly state: "live" | "spent";
  /** How often it fired. */
  readonly hits: number;
  /** With every default filled in. */
  readonly rule: SettledRule;
}

/** A rule as its owner holds it. */
export interface Fault {
  readonly id: string;
  /** How often it fired so far. */
  readonly hits: number;
  /** Takes it away; a second time does nothing. */
  remove(): void;
}

interface RuleState {
  readonly id: string;
  readonly ordinal: number;
  readonly rule: SettledRule;
  readonly isFor: RuleMatch;
  /** By the monotonic clock. */
  readonly untilMs: number;
  matched: number;
  hits: number;
}

const MAX_LOGGED = 1000;
const MAX_SPENT = 1000;
const MAX_SEED = 2 ** 32;

/** What goes wrong in an emulator. */
export class Faults {
  readonly #clock: Clock;
  readonly #seed: number;
  readonly #log = new Ring<FaultLogEntry>(MAX_LOGGED);
  readonly #released = new LinkedSignal();
  /** In the order in which they were added. */
  #live: readonly RuleState[] = [];
  /** In the order in which they were spent; the last so many. */
  #spent: readonly RuleState[] = [];
  #added = 0;
  #overrides = 0;
  #expiredUntilMs = Number.NEGATIVE_INFINITY;
  #latestTokenMs = Number.NEGATIVE_INFINITY;

  /** @internal */
  constructor({ clock, random }: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = clock;
    this.#seed = Math.floor(random.next() * MAX_SEED);
  }

  /**
   * Adds a rule behind those that are there.
   * @throws KinesisError INVALID_OPTIONS
   */
  add(rule: FaultInput): Fault {
    const state = this.#start(readRule(rule));
    return {
      id: state.id,
      get hits() {
        return state.hits;
      },
      remove: () => {
        this.remove(state.id);
      },
    };
  }

  /** Takes a rule away; answers whether it was there. */
  remove(id: string): boolean {
    const isOther = (state: RuleState): boolean => state.id !== id;
    const wasThere = [...this.#live, ...this.#spent].some((state) => state.id === id);
    this.#live = this.#live.filter(isOther);
    this.#spent = this.#spent.filter(isOther);
    return wasThere;
  }

  /** Takes every rule away. What fired stays in the log. */
  clear(): void {
    this.#live = [];
    this.#spent = [];
  }

  /** The rules that were not removed, in the order in which they were added; of spent ones the last 1,000. */
  list(): readonly ListedFault[] {
    this.#retireSpent();
    const listed = (state: "live" | "spent") => (of: RuleState) => ({ state, of });
    return [...this.#live.map(listed("live")), ...this.#spent.map(listed("spent"))]
      .sort((a, b) => a.of.ordinal - b.of.ordinal)
      .map(({ state, of: { id, hits, rule } }) => ({ id, state, hits, rule }));
  }

  /** The last 1,000 firings, oldest first. */
  log(): readonly FaultLogEntry[] {
    return this.#log.all();
  }

  /**
   * Whether there is no rule to ask: then no call needs to be described.
   * @internal
   */
  get isEmpty(): boolean {
    return this.#live.length === 0 || this.released.aborted;
  }

  /**
   * For the emulator's own entrances: what a call meets, counted and logged as fired; `undefined` if nothing.
   * An effect that the request itself asks for comes in place of all rules.
   * @internal
   */
  meet(subject: CallSubject, asked?: SettledEffect): FaultPlan | undefined {
    const fired = asked === undefined ? this.#fire(subject) : [this.#override(asked, subject)];
    return fired.length === 0 ? undefined : planFaults(subject.operation, fired);
  }

  /**
   * The time to write into tokens: later than that of every token that a rule made expire.
   * @internal
   */
  tokenTimeMs(wallMs: number): number {
    const timeMs = Math.max(wallMs, this.#expiredUntilMs + 1);
    this.#latestTokenMs = Math.max(timeMs, this.#latestTokenMs);
    return timeMs;
  }

  /**
   * Aborts when the emulator closes: nobody waits for an answer that was held back.
   * @internal
   */
  get released(): AbortSignal {
    return this.#released.signal;
  }

  /**
   * Lets go of whoever waits; nothing fires any more.
   * @internal
   */
  [Symbol.dispose](): void {
    this.#released.abort(undefined);
  }

  #start(rule: SettledRule): RuleState {
    // Tokens that were issued by a clock that was ahead, of the service or of the machine, come from before it too.
    const cutMs = Math.max(this.tokenTimeMs(this.#clock.wallTimeMs()), this.#latestTokenMs);
    const { kind } = rule.effect;
    if (kind === "expireIterators" || kind === "expireTokens") this.#expiredUntilMs = cutMs;
    this.#added += 1;
    const state: RuleState = {
      id: `fault-${this.#added}`,
      ordinal: this.#added,
      rule,
      isFor: matchOf(rule, cutMs),
      untilMs: this.#clock.nowMs() + (rule.forMs ?? Number.POSITIVE_INFINITY),
      matched: 0,
      hits: 0,
    };
    this.#live = [...this.#live, state];
    return state;
  }

  #fire(subject: CallSubject): Fired[] {
    this.#retireSpent();
    const fired: Fired[] = [];
    for (const state of this.#live) {
      const one = this.#try(state, subject);
      if (one === undefined) continue;
      fired.push(one);
      if (!state.rule.continue) break;
    }
    return fired;
  }

  #try(state: RuleState, subject: CallSubject): Fired | undefined {
    const { rule } = state;
    if (!state.isFor(subject)) return undefined;
    state.matched += 1;
    const { nth, probability } = rule.match;
    if ((nth ?? state.matched) !== state.matched) return undefined;
    if (state.matched % rule.everyNth !== 0) return undefined;
    const draw = drawsOf(this.#seed, state.ordinal, state.matched);
    if (probability < 1 && draw() >= probability) return undefined;
    state.hits += 1;
    this.#note(state.id, rule.effect, subject);
    return { effect: rule.effect, draw };
  }

  #override(effect: SettledEffect, subject: CallSubject): Fired {
    this.#overrides += 1;
    this.#note("x-emu-fault", effect, subject);
    return { effect, draw: drawsOf(this.#seed, 0, this.#overrides) };
  }

  #note(ruleId: string, { kind }: SettledEffect, subject: CallSubject): void {
    const { service, operation } = subject;
    const stream = service === "kinesis" ? streamOf(subject)?.name : undefined;
    const shardId = service === "kinesis" ? shardIdsOf(subject)[0] : undefined;
    const table = service === "dynamodb" ? memberOf(subject, "TableName") : undefined;
    this.#log.add({
      atMs: this.#clock.wallTimeMs(),
      ruleId,
      effect: kind,
      service,
      operation,
      ...(stream === undefined ? {} : { stream }),
      ...(shardId === undefined ? {} : { shardId }),
      ...(table === undefined ? {} : { table }),
    });
  }

  /** Once the last rule is spent, calls are as quick again as if there had never been one. */
  #retireSpent(): void {
    const nowMs = this.#clock.nowMs();
    const isSpent = (state: RuleState): boolean => nowMs >= state.untilMs || isUsedUp(state);
    if (!this.#live.some(isSpent)) return;
    this.#spent = [...this.#spent, ...this.#live.filter(isSpent)].slice(-MAX_SPENT);
    this.#live = this.#live.filter((state) => !isSpent(state));
  }
}

function isUsedUp({ rule, hits, matched }: RuleState): boolean {
  const { times = Number.POSITIVE_INFINITY, match } = rule;
  return hits >= times || matched >= (match.nth ?? Number.POSITIVE_INFINITY);
}
