import { describe, expect, it } from "vitest";
import { FailureClassifier } from "../../src/call/failure-classifier.ts";
import type { ClassifyFailure } from "../../src/retry-options.ts";
import { failureOf } from "../support/failures.ts";

const once = (): number => 1;

function newClassifier(classify?: ClassifyFailure): {
  readonly classifier: FailureClassifier;
  readonly faults: unknown[];
} {
  const faults: unknown[] = [];
  const onFault = (error: unknown): void => void faults.push(error);
  return { classifier: new FailureClassifier({ classify, onFault }), faults };
}

describe("a failure", () => {
  it.each([
    ["throttled", "throttle"],
    ["transient", "retry"],
    ["unreachable", "retry"],
    ["busy", "retry"],
    ["expired", "retry"],
    ["credentials", "wait"],
    ["denied", "wait"],
    ["missing", "wait"],
    ["rejected", "isolate"],
  ] as const)("that is %s is met with %s, if nobody says otherwise", (kind, reaction) => {
    for (const classify of [undefined, (): undefined => undefined]) {
      const { classifier, faults } = newClassifier(classify);
      expect(classifier.reactionTo(failureOf(kind), "entry", once)).toBe(reaction);
      expect(faults).toEqual([]);
    }
  });

  it("is shown to the hook with its context, and met as the hook says", () => {
    const seen: unknown[] = [];
    const { classifier } = newClassifier((...args) => {
      seen.push(args);
      return "throttle";
    });
    const failure = failureOf("transient");
    expect(classifier.reactionTo(failure, "entry", once)).toBe("throttle");
    expect(seen).toEqual([[failure, { attempts: 1, scope: "entry" }]]);
  });
});

describe("a hook", () => {
  it("that throws is passed over, and reported once", () => {
    const error = new Error("hook");
    const { classifier, faults } = newClassifier(() => {
      throw error;
    });
    for (let i = 0; i < 3; i += 1) {
      expect(classifier.reactionTo(failureOf("rejected"), "entry", once)).toBe("isolate");
    }
    expect(faults).toEqual([error]);
  });

  it.each(["wait", "isolate", "constructor", 1, null, {}])(
    "that answers %j is passed over, and reported",
    (answer) => {
      const { classifier, faults } = newClassifier((() => answer) as never);
      expect(classifier.reactionTo(failureOf("transient"), "entry", once)).toBe("retry");
      expect(faults).toHaveLength(1);
    },
  );
});
