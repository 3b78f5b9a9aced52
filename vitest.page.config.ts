// The tests of the emulator's page in a browser: they need Chromium, and so are no part of `npm test`.
import { defineConfig, type ViteUserConfig } from "vitest/config";

const conditions = ["@shardline/source"];

const config: ViteUserConfig = defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["test/page/**/*.test.ts"],
    globalSetup: ["test/setup/install-chromium.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 15_000 } },
  },
});

export default config;
