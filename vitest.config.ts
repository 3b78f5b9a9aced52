import { defineConfig, type ViteUserConfig } from "vitest/config";

// Tests read the packages' sources, so that nothing has to be built first. The condition stands alone: with
// "module" beside it the AWS SDK would resolve to files that Node cannot import.
const conditions = ["@shardline/source"];

const config: ViteUserConfig = defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["packages/*/test/**/*.test.ts", "test/**/*.test.ts"],
    exclude: ["**/node_modules/**", "**/dist/**", "test/bench/**"],
    setupFiles: ["test/setup/quiet-end.ts"],
    globalSetup: ["test/setup/build.ts"],
    testTimeout: 20_000,
    // The longest tests wait for other processes.
    maxWorkers: "100%",
  },
});

export default config;
