import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Property, readProperties } from "../src/read-properties.ts";

function read(text: string): Property[] {
  const problems: string[] = [];
  const properties = readProperties(text, problems);
  expect(problems).toEqual([]);
  return properties;
}

const pairsOf = (text: string): string[][] => read(text).map(({ key, value }) => [key, value]);

const SEEN_IN_JAVA = readFileSync(new URL("java-properties.tsv", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .filter((line) => !line.startsWith("#"))
  .map((line) => {
    const [text = "", verdict = ""] = line.split("\t");
    return [JSON.parse(text) as string, verdict === "refused" ? verdict : JSON.parse(verdict)];
  }) as [text: string, verdict: unknown][];

describe("a properties file", () => {
  it.each([
    ["Truth = Beauty", "Truth", "Beauty"],
    [" Truth:Beauty", "Truth", "Beauty"],
    ["Truth                    :Beauty", "Truth", "Beauty"],
    ["Truth Beauty", "Truth", "Beauty"],
    ["\t\fTruth\t\f=\t\fBeauty", "Truth", "Beauty"],
    ["cheeses", "cheeses", ""],
    ["cheeses=", "cheeses", ""],
    ["=Beauty", "", "Beauty"],
    ["a==b", "a", "=b"],
    ["a = : b", "a", ": b"],
    ["a=b  ", "a", "b  "],
    ["a\\ b\\=c\\:d=e", "a b=c:d", "e"],
    ["a=\\ b", "a", " b"],
    ["a=#b", "a", "#b"],
    ["a=c:\\\\temp\\new", "a", "c:\\temp\new"],
    ["a=\\t\\n\\r\\f\\b\\z\\101", "a", "\t\n\r\fbz101"],
    ["caf\\u00e9=\\u2603\\uD83D\\uDD11", "café", "☃🔑"],
    ["café=☃🔑", "café", "☃🔑"],
    ["a=\\\\u0041", "a", "\\u0041"],
    ["\uFEFFa=b", "a", "b"],
    ["a=b\\", "a", "b"],
    [
      "fruits apple, banana, \\\n     pear, \\\r\n\\\r     mango",
      "fruits",
      "apple, banana, pear, mango",
    ],
    ["a\\\n  b=c", "ab", "c"],
    ["a=b\\\\\\\n  c", "a", "b\\c"],
    ["\\\n# a=b\nc=d", "c", "d"],
  ])("holds in %j the key %j with the value %j", (text, key, value) => {
    expect(pairsOf(text)).toEqual([[key, value]]);
  });

  it("has comments and blank lines that mean nothing, even if they end in a backslash", () => {
    expect(pairsOf("# a=b\\\n  ! c=d \n\n \t\f\n\r\r\ne=f\n")).toEqual([["e", "f"]]);
    expect(pairsOf("\\\n\n")).toEqual([]);
  });

  it("goes on after a line that ends in two backslashes, and after a blank continuation", () => {
    expect(pairsOf("a=b\\\\\nc=d\\\n\ne=f")).toEqual([
      ["a", "b\\"],
      ["c", "d"],
      ["e", "f"],
    ]);
  });

  it("numbers its lines as editors do, and a continued one by its first", () => {
    const lines = read("# one\r\na=\\\r\n  2\rb=4\n\n\nc=7").map(({ key, line }) => [key, line]);
    expect(lines).toEqual([
      ["a", 2],
      ["b", 4],
      ["c", 7],
    ]);
  });

  it("names the line of each escape that is none", () => {
    const problems: string[] = [];
    readProperties("a=\\u12\n\nb\\uwxyz=\\u", problems);
    expect(problems).toEqual(
      [1, 3, 3].map((n) => `line ${n}: \\u must be followed by four hex digits`),
    );
  });

  it.each(SEEN_IN_JAVA)("is to us what it is to java.util.Properties: %j", (text, verdict) => {
    const problems: string[] = [];
    const properties = readProperties(text, problems).map(
      ({ key, value }) => [key, value] as const,
    );
    const sorted = [...new Map(properties)].sort(([a], [b]) => (a < b ? -1 : 1));
    expect(problems.length > 0 ? "refused" : sorted).toEqual(verdict);
  });

  it("comes back as it was written, whatever its texts and however it is laid out", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyText, anyText, layout), { maxLength: 20 }), (entries) => {
        const text = entries.map(([key, value, how]) => written(key, value, how)).join("");
        expect(pairsOf(text)).toEqual(entries.map(([key, value]) => [key, value]));
      }),
    );
  });

  it("of any text whatever is read in an instant and gives keys on rising lines", () => {
    const hostile = fc.array(fc.constantFrom("\\", "\n", "\r", "=", ":", " ", "#", "u", "a", "☃"));
    fc.assert(
      fc.property(hostile, (letters) => {
        const text = letters.join("");
        const lines = readProperties(text, []).map(({ line }) => line);
        expect(lines).toEqual([...new Set(lines)].sort((a, b) => a - b));
        expect(lines.at(-1) ?? 1).toBeLessThanOrEqual(text.split(/\r\n|\r|\n/).length);
      }),
    );
  });
});

interface Layout {
  readonly before: string;
  readonly separator: string;
  readonly end: string;
  /** After which letter of the value a line is continued. */
  readonly continuedAt: number;
  /** Whether letters beyond ASCII are escaped. */
  readonly isAscii: boolean;
}

const anyText = fc.string({ unit: "binary", maxLength: 12 });
const layout: fc.Arbitrary<Layout> = fc.record({
  before: fc.constantFrom("", "  ", "\t", "\n", "# a comment \\\n", "! another\r\n"),
  separator: fc.constantFrom("=", ":", " = ", "\t:\f", "  ="),
  end: fc.constantFrom("\n", "\r", "\r\n"),
  continuedAt: fc.nat(12),
  isAscii: fc.boolean(),
});

/** As `java.util.Properties.store` writes, but for its layout. */
function written(key: string, value: string, how: Layout): string {
  const { before, continuedAt, end, isAscii, separator } = how;
  const letters = Array.from(value, (letter) => escaped(letter, isAscii));
  const at = Math.min(continuedAt, letters.length);
  const rest = letters.slice(at).join("");
  const values = `${letters.slice(0, at).join("")}\\${end}  ${rest}`;
  return `${before}${Array.from(key, (letter) => escaped(letter, isAscii)).join("")}${separator}${values}${end}`;
}

function escaped(letter: string, isAscii: boolean): string {
  const named = { "\t": "\\t", "\n": "\\n", "\r": "\\r", "\f": "\\f" }[letter];
  if (named !== undefined) return named;
  if (" =:#!\\".includes(letter)) return `\\${letter}`;
  if (!isAscii || /^[ -~]$/.test(letter)) return letter;
  const units = letter.split("").map((unit) => unit.charCodeAt(0).toString(16).padStart(4, "0"));
  return units.map((unit) => `\\u${unit}`).join("");
}
