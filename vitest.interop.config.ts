// The tests with Amazon's own libraries: they need Java, and so are no part of `npm test`.
import { defineConfig, type ViteUserConfig } from "vitest/config";

const conditions = ["@shardline/source"];

const config: ViteUserConfig = defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["test/interop/**/*.test.ts"],
    globalSetup: ["test/setup/build-java.ts", "test/setup/build.ts"],
    // One file after the other: each has virtual machines of its own.
    fileParallelism: false,
    // They share a clock with virtual machines that start, collect garbage and take leases when they like. What is tried
    // again is told in the report.
    retry: 1,
    testTimeout: process.env["SHARDLINE_FULL"] === "1" ? 1_300_000 : 300_000,
    reporters: ["verbose"],
  },
});

export default config;
