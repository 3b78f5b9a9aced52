import { configDefaults, defineConfig, type ViteUserConfig } from "vitest/config";

// Tests read the packages' sources, so that nothing has to be built first. The condition stands alone: with
// "module" beside it the AWS SDK would resolve to files that Node cannot import.
const conditions = ["@shardline/source"];

/** On the virtual clock, in this process, without a socket: their files share one load of every module. */
const UNIT = "packages/{core,aggregation,producer,consumer}/test/**/*.test.ts";
/** They replace a module of Node's, and so need modules of their own. */
const LONERS = "packages/{aggregation,producer}/test/fips.test.ts";
const FIXTURES = "test/fixtures/**/*.test.ts";
const NEVER = [
  ...configDefaults.exclude,
  "**/dist/**",
  "test/bench/**",
  "test/{botocore,interop,page}/**",
];

const config: ViteUserConfig = defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    setupFiles: ["test/setup/quiet-end.ts"],
    // Bounds on what hangs. What must be over in time is a test's own matter: where the machine is busy, all else takes
    // several times as long as it does alone.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
    // The longest tests wait for other processes.
    maxWorkers: "100%",
    projects: [
      {
        extends: true,
        test: { name: "unit", include: [UNIT], exclude: [...NEVER, LONERS], isolate: false },
      },
      {
        extends: true,
        test: {
          name: "whole",
          include: [LONERS, "packages/{aws,emulator,cli}/test/**/*.test.ts", "test/**/*.test.ts"],
          exclude: [...NEVER, FIXTURES],
          globalSetup: ["test/setup/build.ts"],
        },
      },
      {
        // As users have it: what a fixture holds is closed after the hooks that would see it left open.
        resolve: { conditions },
        ssr: { resolve: { conditions } },
        test: {
          name: "fixtures",
          include: ["docs/examples/*.test.ts", FIXTURES],
          testTimeout: 60_000,
        },
      },
    ],
  },
});

export default config;
