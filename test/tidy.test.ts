// The house rules that a machine can keep: each is tried on a planted violation, so that a rule which stopped working
// is noticed.
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "..");
const run = promisify(execFile);

interface Planted {
  /** What is wrong, as a sentence. */
  readonly name: string;
  readonly rule: string;
  readonly folder: string;
  /** Name of the file, where it matters. */
  readonly file?: string;
  readonly code: string;
}

const importing = (what: string): string => `import { x } from "${what}";\nexport const y = x;\n`;
const globals = ["Date", "performance", "setTimeout", "setInterval", "setImmediate", "process"];
const modules = ["timers", "timers/promises", "perf_hooks", "process", "os"];

const PLATFORM: readonly Planted[] = [
  ...[...globals, "console", "globalThis", "global"].flatMap((name) =>
    ["core", "aggregation", "aws", "producer", "consumer", "emulator"].map((folder) => ({
      name: `${folder} uses ${name}`,
      rule: "no-restricted-globals",
      folder: `packages/${folder}/src`,
      code: `export const x: unknown = ${name};\n`,
    })),
  ),
  {
    name: "core reaches setTimeout through globalThis",
    rule: "no-restricted-globals",
    folder: "packages/core/src",
    code: "export const x: unknown = globalThis.setTimeout;\n",
  },
  ...modules.map((name) => ({
    name: `producer imports node:${name}`,
    rule: "no-restricted-imports",
    folder: "packages/producer/src",
    code: importing(`node:${name}`),
  })),
  ...["Math.random()", "AbortSignal.any([])", "AbortSignal.timeout(1)"].map((code) => ({
    name: `consumer calls ${code}`,
    rule: "no-restricted-properties",
    folder: "packages/consumer/src/lease",
    code: `export const x: unknown = ${code};\n`,
  })),
  ...["AsyncDisposableStack", "DisposableStack", "SuppressedError"].map((name) => ({
    name: `cli uses ${name}, which Node 20 has not`,
    rule: "no-restricted-globals",
    folder: "packages/cli/src",
    code: `export const x: unknown = ${name};\n`,
  })),
];

const room = (folder: string, what: string, file?: string): Planted => ({
  name: `${folder}${file === undefined ? "" : `/${file}`} imports ${what}`,
  rule: "no-restricted-imports",
  folder: `packages/${folder}`,
  ...(file === undefined ? {} : { file }),
  code: importing(what),
});

const ROOMS: readonly Planted[] = [
  room("core/src", "@shardline/aws"),
  room("core/src", "@aws-sdk/client-kinesis"),
  room("aggregation/src", "@shardline/aws"),
  room("aggregation/src", "@aws-sdk/client-kinesis"),
  room("aws/src", "@shardline/producer"),
  room("aws/src", "@aws-sdk/client-dynamodb"),
  room("aws/src/wire", "../aws-kinesis-api.ts"),
  room("aws/src/wire", "p-retry"),
  room("producer/src", "@shardline/consumer"),
  room("producer/src", "@shardline/emulator"),
  room("producer/src", "@aws-sdk/client-kinesis"),
  room("producer/src", "@smithy/node-http-handler"),
  room("producer/src/record", "../lane/lane.ts"),
  room("producer/src/shard-map", "../lane/lane.ts"),
  room("producer/src/stream", "../shard-map/shard-map.ts"),
  room("producer/src/lane", "../call/sender.ts"),
  room("producer/src/lane", "@shardline/aws"),
  room("producer/src/settle", "../lane/lane.ts"),
  room("producer/src/kpl", "../settings.ts"),
  room("producer/src/call", "../pipeline.ts"),
  room("producer/src/call", "../metrics/metrics-collector.ts"),
  room("producer/src/metrics", "../pipeline.ts"),
  room("producer/src/metrics", "@shardline/aws"),
  room("consumer/src", "@shardline/producer"),
  room("consumer/src", "@aws-sdk/client-dynamodb"),
  room("consumer/src/lease", "@aws-sdk/client-dynamodb", "lease-taker.ts"),
  room("consumer/src/lease", "@shardline/aggregation"),
  room("consumer/src/lease", "../batch/handler.ts"),
  room("consumer/src/checkpoint", "../batch/handler.ts"),
  room("consumer/src/checkpoint", "../shard/shard-runner.ts"),
  room("consumer/src/batch", "../lease/lease.ts"),
  room("consumer/src/batch", "@shardline/aws"),
  room("consumer/src/handling", "../lease/lease.ts"),
  room("consumer/src/handling", "@shardline/aggregation"),
  room("consumer/src/lanes", "../lease/lease.ts"),
  room("consumer/src/lanes", "../shard/shard-runner.ts"),
  room("consumer/src/dead-letter", "../batch/batch-builder.ts"),
  room("consumer/src/kcl", "../consumer.ts"),
  room("consumer/src/kcl", "@shardline/aws"),
  room("consumer/src/lambda", "@shardline/aws"),
  room("consumer/src/lambda", "../lease/lease.ts"),
  room("consumer/src/lambda", "../shard/shard-runner.ts"),
  room("consumer/src/operate", "../handling/halt.ts"),
  room("consumer/src/operate", "@aws-sdk/client-dynamodb"),
  room("consumer/src/dead-letter", "@aws-sdk/client-kinesis"),
  room("consumer/src/shard", "../worker.ts"),
  room("consumer/src/shard", "../status/stats-plan.ts"),
  room("consumer/src/status", "../checkpoint/checkpointer.ts"),
  room("consumer/src/status", "../worker.ts"),
  room("consumer/src/polling", "../shard/shard-runner.ts"),
  room("consumer/src", "./worker.ts", "options.ts"),
  room("emulator/src", "@shardline/aggregation"),
  room("emulator/src", "@shardline/aws"),
  room("emulator/src", "@aws-sdk/client-kinesis"),
  room("cli/src", "@aws-sdk/client-kinesis"),
  room("producer/src/lane", "../pipeline.ts", "batch-plan.ts"),
  room("consumer/src/lease", "./lease-taker.ts", "lease-plan.ts"),
  room("consumer/src/checkpoint", "../lease/held-lease.ts", "checkpoint-tracker.ts"),
  {
    name: "a pure file takes the system's clock",
    rule: "no-restricted-imports",
    folder: "packages/producer/src/call",
    file: "verdict-plan.ts",
    code: 'import { systemClock } from "@shardline/core";\nexport const y = systemClock;\n',
  },
];

const MISUSED = "const f = async () => true;\nexport const x = f() ? 1 : 2;\n";
const FORGETFUL = `export function f(kind: "a" | "b"): number {
  switch (kind) {
    case "a":
      return 1;
  }
  return 2;
}
`;
const LONG = `export function f(): number {
  let x = 0;
${"  x += 1;\n".repeat(70)}  return x;
}
`;

const STYLE: readonly Planted[] = [
  ["a default export", "no-default-export", "export default 1;\n"],
  ["any", "no-explicit-any", "export const x = (y: any): unknown => y;\n"],
  ["a promise left alone", "no-floating-promises", "const f = async () => {};\nf();\nexport {};\n"],
  ["a promise as a condition", "no-misused-promises", MISUSED],
  ["a switch that forgets a case", "switch-exhaustiveness-check", FORGETFUL],
  ["a file of more than 400 lines", "max-lines", "export {};\n".repeat(401)],
  ["a function of more than 70 lines", "max-lines-per-function", LONG],
].map(([name, rule, code]) => ({
  name: name as string,
  rule: rule as string,
  folder: "packages/core/src",
  code: code as string,
}));

const ALL: readonly Planted[] = [...PLATFORM, ...ROOMS, ...STYLE];

interface Diagnostic {
  readonly code: string;
  readonly filename: string;
}

let folder: string;
let found: Map<string, string[]>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "shardline-tidy-"));
  for (const file of ["oxlint.config.js", "oxlint.rooms.js"]) {
    await cp(join(ROOT, file), join(folder, file));
  }
  const options = { strict: true, module: "nodenext", target: "es2023", noEmit: true };
  await plant("tsconfig.json", JSON.stringify({ compilerOptions: options, include: ["packages"] }));
  for (const planted of ALL) await plant(pathOf(planted), planted.code);
  await plant("packages/core/src/cycle-a.ts", 'import "./cycle-b.ts";\n');
  await plant("packages/core/src/cycle-b.ts", 'import "./cycle-a.ts";\n');
  await plant("packages/core/src/system-clock.ts", "export const x: unknown = Date.now();\n");
  await plant("packages/core/src/innocent.ts", "export const x = 1;\n");
  found = await lint();
});

afterAll(() => rm(folder, { recursive: true }));

describe("the linter", () => {
  test.each(ALL)("catches it when $name", (planted) => {
    const rules = found.get(pathOf(planted)) ?? [];
    expect(rules.filter((rule) => rule.includes(planted.rule))).not.toEqual([]);
  });

  test("catches files that import each other", () => {
    expect(found.get("packages/core/src/cycle-a.ts")).toEqual(["import(no-cycle)"]);
  });

  test("lets the files that read the platform do so, and leaves innocent files alone", () => {
    expect(found.get("packages/core/src/system-clock.ts")).toBeUndefined();
    expect(found.get("packages/core/src/innocent.ts")).toBeUndefined();
  });
});

describe("every file of the packages", () => {
  test("exports at most six things, an index aside", async () => {
    const crowded: string[] = [];
    for (const path of await sources()) {
      const text = await readFile(join(ROOT, path), "utf8");
      const exports = text.match(/^export (?!\{|type \{|\* )/gm) ?? [];
      if (exports.length > 6) crowded.push(`${path}: ${exports.length}`);
    }
    // A port is one thing told in many types; the table of attributes and the limits are lists.
    const allowed = /(kinesis|fan-out)-api\.ts/;
    expect(crowded.filter((line) => !allowed.test(line))).toEqual([]);
  });

  test("begins by saying what it is", async () => {
    const silent: string[] = [];
    for (const path of await sources()) {
      const text = await readFile(join(ROOT, path), "utf8");
      if (!text.startsWith("// ") && !path.endsWith("index.ts")) silent.push(path);
    }
    expect(silent).toEqual([]);
  });
});

async function plant(path: string, text: string): Promise<void> {
  const target = join(folder, path);
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, text);
}

/** Each violation has a folder entry of its own; names that matter are kept by putting them one level deeper. */
function pathOf(planted: Planted): string {
  const number = ALL.indexOf(planted);
  return planted.file === undefined
    ? `${planted.folder}/planted-${number}.ts`
    : `${planted.folder}/${planted.file}`;
}

/** The rules that each file breaks. */
async function lint(): Promise<Map<string, string[]>> {
  const oxlint = join(ROOT, "node_modules/oxlint/bin/oxlint");
  const args = [oxlint, "-c", "oxlint.config.js", "-f", "json", "."];
  // Where oxlint looks for its type-aware half, as npm does before it runs a script.
  const PATH = [join(ROOT, "node_modules/.bin"), process.env["PATH"]].join(delimiter);
  const options = { cwd: folder, maxBuffer: 64 * 1024 * 1024, env: { ...process.env, PATH } };
  const output = await run(process.execPath, args, options).then(
    ({ stdout }) => stdout,
    (error: { stdout: string }) => error.stdout,
  );
  const { diagnostics } = JSON.parse(output) as { diagnostics: readonly Diagnostic[] };
  const byFile = new Map<string, string[]>();
  for (const { code, filename } of diagnostics) {
    byFile.set(filename, [...(byFile.get(filename) ?? []), code]);
  }
  return byFile;
}

async function sources(): Promise<string[]> {
  const packages = await readdir(join(ROOT, "packages"));
  const lists = await Promise.all(
    packages.map(async (name) => {
      const files = await readdir(join(ROOT, "packages", name, "src"), { recursive: true });
      return files
        .filter((file) => file.endsWith(".ts") && !file.endsWith(".d.ts"))
        .map((file) => `packages/${name}/src/${file}`);
    }),
  );
  return lists.flat();
}
