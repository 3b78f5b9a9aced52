// Asks the option `retry.classify`, if there is one, how a failure is met, and the plan otherwise. The hook is
// the caller's code: whatever it throws or answers, no record is lost by it.
import type { ApiFailure } from "@shardline/core";
import type { RetrySettings } from "../settings.ts";
import { type Reaction, reactionTo } from "./reaction-plan.ts";

export interface FailureClassifierOptions {
  readonly classify: RetrySettings["classify"];
  /** Hears once that the hook throws, or answers what is no answer. */
  readonly onFault: (error: unknown) => void;
}

const CHOICES: ReadonlySet<unknown> = new Set(["retry", "throttle", "fail"] satisfies Reaction[]);

export class FailureClassifier {
  readonly #options: FailureClassifierOptions;
  #isReported = false;

  constructor(options: FailureClassifierOptions) {
    this.#options = options;
  }

  /** `tries` is asked only if there is a hook: how often was tried what failed, this time included. */
  reactionTo(failure: ApiFailure, scope: "call" | "entry", tries: () => number): Reaction {
    return this.#choice(failure, scope, tries) ?? reactionTo(failure);
  }

  #choice(failure: ApiFailure, scope: "call" | "entry", tries: () => number): Reaction | undefined {
    const { classify } = this.#options;
    if (classify === undefined) return undefined;
    try {
      const choice = classify(failure, { attempts: tries(), scope });
      if (choice === undefined || CHOICES.has(choice)) return choice;
      this.#report(new TypeError(`retry.classify answered ${String(choice)}`));
    } catch (error) {
      this.#report(error);
    }
    return undefined;
  }

  #report(error: unknown): void {
    if (this.#isReported) return;
    this.#isReported = true;
    this.#options.onFault(error);
  }
}
