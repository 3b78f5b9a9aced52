// Who may enter which room. The rooms and the platform bans are data; the overrides are made from them, each
// complete, because a later matching override replaces a rule's options and does not add to them.
import { CONSUMER, ROOMS } from "./oxlint.rooms.js";

/** Nothing inside reads the platform: time, chance, the process and the console are handed in. */
const PLATFORM_GLOBALS = [
  "Date",
  "performance",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "process",
  "console",
  "globalThis",
  "global",
];
const PLATFORM_MODULES = ["timers", "timers/promises", "perf_hooks", "process", "os"];
const PLATFORM_PROPERTIES = [
  { object: "Math", property: "random", message: "Draw from the Random port." },
  { object: "AbortSignal", property: "any", message: "It leaks; use LinkedSignal." },
  { object: "AbortSignal", property: "timeout", message: "Use a timer of the Clock port." },
];
/** Typed by lib esnext.disposable, missing at run time on Node 20. */
const MISSING_ON_NODE_20 = ["AsyncDisposableStack", "DisposableStack", "SuppressedError"];

/** The only places that touch the platform, with the packages they may import. */
const PLATFORM_ROOMS = [
  { files: "packages/core/src/system-*.ts", packages: [] },
  { files: "packages/core/src/testing/**", packages: [] },
  { files: "packages/emulator/src/http/http-server.ts", packages: ["@shardline/core"] },
  {
    files: "packages/cli/src/**",
    packages: [
      "@shardline/core",
      "@shardline/core/testing",
      "@shardline/aggregation",
      "@shardline/aws",
      "@shardline/producer",
      "@shardline/consumer",
      "@shardline/consumer/dead-letter",
      "@shardline/consumer/operate",
      "@shardline/emulator",
    ],
  },
];

/** Files of pure decisions: they act on nothing, so they import types, each other, and arithmetic. */
const PURE_FILES = [
  "packages/*/src/**/*-plan.ts",
  "packages/*/src/**/*-tracker.ts",
  "packages/consumer/src/lease/lease.ts",
  "packages/consumer/src/lease/lease-key.ts",
  "packages/consumer/src/lease/lease-move.ts",
  "packages/consumer/src/lease/lease-moves.ts",
  "packages/consumer/src/lease/checkpoint-moves.ts",
  "packages/consumer/src/lease/upkeep-moves.ts",
  "packages/consumer/src/lease/wish-moves.ts",
  "packages/consumer/src/shard/new-lease.ts",
  "packages/consumer/src/shard/shard-place.ts",
  "packages/consumer/src/shard/start-position.ts",
  "packages/consumer/src/shard/read-start.ts",
  "packages/consumer/src/polling/iterator-expiry.ts",
  "packages/producer/src/shard-map/shard-birth.ts",
  "packages/producer/src/shard-map/shard-map.ts",
];
const PURE_MODULES = [
  "@shardline/core",
  "./*-plan.ts",
  "../*/*-plan.ts",
  "./*-tracker.ts",
  "./lease.ts",
  "../lease/lease.ts",
  "./lease-move.ts",
  "./shard-birth.ts",
  "./shard-map.ts",
  "../shard-map/shard-map.ts",
  "./start-position.ts",
  "../shard/start-position.ts",
  "../shard/new-lease.ts",
  "../shard/shard-place.ts",
  "./lease-key.ts",
  "../lease/lease-key.ts",
];
const IMPURE_CORE = [
  "systemClock",
  "systemRandom",
  "processName",
  "startLoop",
  "sleep",
  "TaskGroup",
  "Events",
  "defaultLogger",
  "logEvents",
  "listAllShards",
];

/** Only consumer.ts starts a worker. */
const WORKER = ["./worker.ts", "../worker.ts"];
const platformModules = PLATFORM_MODULES.map((name) => `node:${name}`);

function roomOverride(
  { files, packages, from = ["./", "../"] },
  banned = [...platformModules, ...WORKER],
) {
  const paths = from.map((path) => (path.endsWith("/") ? `${path}**` : path));
  const allowed = [...packages, ...paths, "node:*", "node:*/*"];
  const room = {
    group: ["*", ...allowed.map((name) => `!${name}`), ...banned],
    message: `${files} may import from ${[...packages, ...from].join(", ")} and from node: what is not the platform.`,
  };
  return { files: [files], rules: { "no-restricted-imports": ["error", { patterns: [room] }] } };
}

const banPlatform = (globals, properties) => ({
  "no-restricted-globals": ["error", { globals, checkGlobalObject: true }],
  "no-restricted-properties": properties.length === 0 ? "off" : ["error", ...properties],
});

export default {
  plugins: ["typescript", "import", "unicorn", "oxc"],
  options: { typeAware: true, denyWarnings: true },
  categories: { correctness: "error" },
  ignorePatterns: ["**/dist/**"],
  rules: {
    "no-floating-promises": "error",
    "typescript/no-floating-promises": [
      "error",
      { allowForKnownSafeCalls: [{ from: "package", name: "test", package: "node:test" }] },
    ],
    "typescript/no-misused-promises": "error",
    "typescript/switch-exhaustiveness-check": "error",
    "typescript/no-explicit-any": "error",
    "typescript/no-non-null-assertion": "error",
    "typescript/only-throw-error": "off",
    "typescript/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
    "typescript/no-unnecessary-condition": "off",
    "import/no-cycle": ["error", { ignoreTypes: false }],
    "import/no-default-export": "error",
    "unicorn/filename-case": ["error", { case: "kebabCase" }],
    // An option of ours is called `then`: what happens after the last attempt.
    "unicorn/no-thenable": "off",
    eqeqeq: "error",
    "no-else-return": "error",
    "no-var": "error",
    "prefer-const": "error",
    "max-lines": ["error", { max: 400 }],
    "max-lines-per-function": ["error", { max: 70, skipComments: true, skipBlankLines: true }],
    "max-params": ["error", { max: 5 }],
  },
  overrides: [
    {
      files: ["packages/*/src/**"],
      rules: banPlatform([...PLATFORM_GLOBALS, ...MISSING_ON_NODE_20], PLATFORM_PROPERTIES),
    },
    {
      files: PLATFORM_ROOMS.map((room) => room.files),
      rules: banPlatform(MISSING_ON_NODE_20, []),
    },
    ...ROOMS.map((room) => roomOverride(room)),
    ...PLATFORM_ROOMS.map((room) => roomOverride(room, [])),
    roomOverride({ ...CONSUMER, files: "packages/consumer/src/consumer.ts" }, platformModules),
    {
      files: PURE_FILES,
      rules: {
        "typescript/no-restricted-imports": [
          "error",
          {
            patterns: [
              {
                group: ["*", ...PURE_MODULES.map((name) => `!${name}`)],
                allowTypeImports: true,
                message: "A pure file imports types and other pure files only.",
              },
            ],
            paths: [
              {
                name: "@shardline/core",
                importNames: IMPURE_CORE,
                message: "A pure file is handed time, chance and answers.",
              },
            ],
          },
        ],
      },
    },
    {
      files: ["**/*.config.{ts,js}", "test/setup/**"],
      rules: { "import/no-default-export": "off" },
    },
    {
      files: ["**/test/**"],
      rules: { "max-lines-per-function": "off" },
    },
  ],
};
