// The summary of a benchmark run, and the page that keeps it.
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { figure } from "./bench/figure.ts";
import { judge } from "./bench/goal.ts";
import type { Comparison, Goal } from "./bench/suite.ts";
import { goalRowsOf } from "./bench/summary/goal-rows.ts";
import { asMarkdown, asText } from "./bench/summary/layout.ts";
import { keptOn } from "./bench/summary/page.ts";
import { rowsOf } from "./bench/summary/rows.ts";
import { stampOf } from "./bench/summary/stamp.ts";
import { percentile } from "./bench/statistics.ts";

const PAGE = resolve(import.meta.dirname, "../docs/benchmarks.md");
const ROLES = { write: "ours", put: "ours", MD5: "floor", SDK: "peer", KPL: "peer" } as const;
type Name = keyof typeof ROLES;

/** A comparison of some of those variants, and what each of them cost in two rounds. */
function measured(
  costs: Readonly<Partial<Record<Name, readonly number[]>>>,
  more: Partial<Comparison> = {},
): Parameters<typeof rowsOf> {
  const comparison: Comparison = {
    title: "put",
    unit: "µs per record",
    variants: (Object.keys(costs) as Name[]).map((name) => ({
      name,
      role: ROLES[name],
      sample: () => 0,
    })),
    goals: [],
    check: () => {},
    ...more,
  };
  return [comparison, new Map(Object.entries(costs))];
}

/** On what a variant costs, or on what another one costs as a multiple of it. */
function goal(of: Name, must: number, against?: Name): Goal {
  return {
    id: `G.${of}`,
    what: `cost of ${of}`,
    of,
    must,
    stretch: must,
    ...(against === undefined ? { direction: "lower" } : { direction: "higher", against }),
  };
}

describe("rows of the summary", () => {
  test("each peer stands beside our first variant, with the ratio of the costs and the floors", () => {
    const rows = rowsOf(
      ...measured({ write: [1, 2], put: [3, 3], MD5: [0.5, 0.5], SDK: [2, 2], KPL: [20, 60] }),
    );
    const shared = {
      title: "put",
      unit: "µs per record",
      ours: { name: "write", value: 1.5 },
      floors: [{ name: "MD5", value: 0.5 }],
    };
    expect(rows).toEqual([
      { ...shared, peer: { name: "SDK", value: 2 }, ratio: 1.5, isBehind: false },
      { ...shared, peer: { name: "KPL", value: 40 }, ratio: 25, isBehind: false },
    ]);
  });

  test("ours is behind where either says so, the ratio of the rounds or the medians", () => {
    const isBehind = (ours: number[], peer: number[]): boolean | undefined =>
      rowsOf(...measured({ write: ours, SDK: peer }))[0]?.isBehind;
    expect(isBehind([1, 2, 9], [2, 3, 4])).toBe(false);
    expect(isBehind([1, 5, 9], [2, 4, 10])).toBe(true);
    expect(isBehind([3, 4, 9], [2, 3, 99])).toBe(true);
  });

  test("a further variant of ours stands beside the peer that costs least", () => {
    const rows = rowsOf(
      ...measured({ write: [1], put: [4], KPL: [20], SDK: [2] }, { also: ["put"] }),
    );
    expect(rows.map(({ ours, peer, ratio }) => [ours.name, peer?.name, ratio])).toEqual([
      ["write", "KPL", 20],
      ["write", "SDK", 2],
      ["put", "SDK", 0.5],
    ]);
  });

  test("costs in µs are told as so many a second where that is asked for, and the ratio stays that of the costs", () => {
    const [row] = rowsOf(...measured({ write: [2], SDK: [8] }, { perSecond: "records" }));
    expect(row).toEqual({
      title: "put",
      unit: "records per second",
      ours: { name: "write", value: 500_000 },
      peer: { name: "SDK", value: 125_000 },
      ratio: 4,
      isBehind: false,
      floors: [],
    });
  });

  test("without peers several variants of ours are all told if there is a goal, and none if there is not", () => {
    const alone = measured({ write: [1], put: [3], MD5: [0.5] });
    expect(rowsOf(...alone)).toEqual([]);
    const rows = rowsOf({ ...alone[0], goals: [goal("put", 1)] }, alone[1]);
    expect(rows.map(({ ours, peer, ratio }) => [ours, peer, ratio])).toEqual([
      [{ name: "write", value: 1 }, undefined, undefined],
      [{ name: "put", value: 3 }, undefined, undefined],
    ]);
  });

  test("without peers and goals the only variant of ours is told, with the floors", () => {
    const [row] = rowsOf(...measured({ write: [2], MD5: [0.5] }));
    expect(row).toEqual({
      title: "put",
      unit: "µs per record",
      ours: { name: "write", value: 2 },
      peer: undefined,
      ratio: undefined,
      isBehind: false,
      floors: [{ name: "MD5", value: 0.5 }],
    });
  });

  test("a comparison without a variant of ours has none", () => {
    expect(rowsOf(...measured({ SDK: [1], MD5: [1] }))).toEqual([]);
  });

  test("what was not measured is refused", () => {
    const [comparison] = measured({ write: [1], SDK: [1] });
    expect(() => rowsOf(comparison, new Map([["write", [1]]]))).toThrow('"SDK" is no variant');
  });
});

describe("goals of the summary", () => {
  const [comparison, costs] = measured(
    { write: [2, 2], SDK: [8, 6] },
    { goals: [goal("write", 1), goal("write", 3, "SDK")] },
  );

  test("each goal is told with what was measured, what must be, and whether it is met", () => {
    const verdicts = comparison.goals.map((one) => judge(one, costs));
    const shared = { title: "put", unit: "µs per record", what: "cost of write" };
    expect(goalRowsOf(comparison, verdicts)).toEqual([
      { ...shared, direction: "lower", must: 1, measured: 2, pass: false },
      { ...shared, direction: "higher", must: 3, measured: 3.5, pass: true },
    ]);
  });

  test("a comparison without goals has none", () => {
    expect(goalRowsOf({ ...comparison, goals: [] }, [])).toEqual([]);
  });
});

describe("the layout of the summary", () => {
  const rows = rowsOf(
    ...measured({ write: [2], MD5: [0.5], SDK: [1], KPL: [2469] }, { title: "put | get" }),
  );
  const [comparison, costs] = measured(
    { write: [2469], SDK: [9000] },
    { goals: [goal("write", 1100), goal("write", 1 / 3, "SDK")] },
  );
  const goals = goalRowsOf(
    comparison,
    comparison.goals.map((one) => judge(one, costs)),
  );

  test("in Markdown a loss is bold, what repeats is left out, and bars are escaped", () => {
    expect(asMarkdown({ rows, goals: [] })).toBe(
      [
        "| what                      | ours        | peer       |     ratio | floor      |",
        "| ------------------------- | ----------- | ---------- | --------: | ---------- |",
        "| put \\| get; µs per record | write: 2.00 | SDK: 1.00  | **0.500** | MD5: 0.500 |",
        "|                           | write: 2.00 | KPL: 2,470 |     1,230 |            |",
        "",
      ].join("\n"),
    );
  });

  test("for a terminal it is the same without the signs of Markdown", () => {
    expect(asText({ rows, goals: [] })).toBe(
      [
        "  what                      ours         peer        ratio  floor",
        "  put | get; µs per record  write: 2.00  SDK: 1.00   0.500  MD5: 0.500",
        "                            write: 2.00  KPL: 2,470  1,230",
        "",
      ].join("\n"),
    );
  });

  test("in Markdown the goals stand in a table of their own, and a missed one is bold", () => {
    expect(asMarkdown({ rows: [], goals })).toBe(
      [
        "| what | ours | peer | ratio | floor |",
        "| ---- | ---- | ---- | ----: | ----- |",
        "",
        "| what               | goal          | must be |  measured | met    |",
        "| ------------------ | ------------- | ------- | --------: | ------ |",
        "| put; µs per record | cost of write | ≤ 1,100 | **2,470** | **no** |",
        "|                    | cost of write | ≥ 0.333 |      3.65 | yes    |",
        "",
      ].join("\n"),
    );
  });

  test("for a terminal the goals stand below the rest", () => {
    expect(asText({ rows: [], goals })).toBe(
      [
        "  what  ours  peer  ratio  floor",
        "",
        "  what                goal           must be  measured  met",
        "  put; µs per record  cost of write  ≤ 1,100     2,470  no",
        "                      cost of write  ≥ 0.333      3.65  yes",
        "",
      ].join("\n"),
    );
  });

  test("nothing measured is a header alone", () => {
    expect(asText({ rows: [], goals: [] })).toBe("  what  ours  peer  ratio  floor\n");
  });
});

describe("the page", () => {
  const page =
    "# Benchmarks\n\n## codec\n\n<!-- measured: codec -->\nold\n<!-- /measured: codec -->\n\nThe end.\n";

  test("what a suite came to replaces what it came to before, and nothing else", () => {
    expect(keptOn(page, "codec", "new\n")).toBe(page.replace("old", "new"));
  });

  test("a suite without a place gets one at the end", () => {
    expect(keptOn(page, "scale", "new\n")).toBe(
      `${page}\n## scale\n\n<!-- measured: scale -->\nnew\n<!-- /measured: scale -->\n`,
    );
  });

  test("whatever is kept twice is there once", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (first, second) => {
        expect(keptOn(keptOn(page, "scale", first), "scale", second)).toBe(
          keptOn(page, "scale", second),
        );
      }),
    );
  });

  test("the project's own tells for each of its tables the day, the rounds, the machine and the load", async () => {
    const text = await readFile(PAGE, "utf8");
    const places = [
      ...text.matchAll(/<!-- measured: ([\w-]+) -->\n([^]*?)\n<!-- \/measured: \1 -->/g),
    ];
    expect(places.length).toBeGreaterThan(1);
    for (const [, suite, kept = ""] of places) {
      const [first, second, , header] = kept.split("\n");
      const [, goalHeader] = kept.split("\n\n").slice(1);
      expect(first, suite).toMatch(
        /^Measured on \d{4}-\d\d-\d\d with .* of up to \d+ rounds, on \d+ × .*, Node\.js v/,
      );
      expect(second, suite).toMatch(/^load [\d.]+ before and [\d.]+ after\. Beside .+\.$/);
      expect(header, suite).toMatch(/^\| what +\| ours +\| peer +\| +ratio \| floor +\|$/);
      if (goalHeader === undefined) continue;
      expect(goalHeader, suite).toMatch(/^\| what +\| goal +\| must be +\| +measured \| met +\|\n/);
    }
  });
});

test("the circumstances are told with the command that repeats them", () => {
  const stamp = stampOf({
    command: "npm run bench -- codec --peers",
    at: new Date("2026-11-22T14:00:00Z"),
    rounds: 7,
    machine: "2 × EPYC, 23 GiB, Node.js v20.20.2",
    load: [0.123, 1.6],
    peers: ["aws-kinesis-agg 4.2.8", "kinesalite 3.3.3"],
  });
  expect(stamp).toBe(
    [
      "Measured on 2026-11-22 with `npm run bench -- codec --peers`, medians of up to 7 rounds, on 2 × EPYC, 23 GiB, Node.js v20.20.2;",
      "load 0.1 before and 1.6 after. Beside aws-kinesis-agg 4.2.8, kinesalite 3.3.3.",
    ].join("\n"),
  );
});

test.each([
  [0.98765, "0.988"],
  [12.345, "12.3"],
  [99.96, "100"],
  [123.45, "123"],
  [1_234_567, "1,230,000"],
])("%d is written %s", (value, text) => {
  expect(figure(value)).toBe(text);
});

test.each([
  [50, 2],
  [99, 4],
  [0, 1],
])(
  "of four values the percentile %i is the one that so many of a hundred do not exceed",
  (percent, value) => {
    expect(percentile([4, 1, 3, 2], percent)).toBe(value);
  },
);
