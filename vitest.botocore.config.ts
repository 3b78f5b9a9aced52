// The tests with the AWS CLI and boto3: they need Debian's packages, and so are no part of `npm test`.
import { defineConfig, type ViteUserConfig } from "vitest/config";

const conditions = ["@shardline/source"];

const config: ViteUserConfig = defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["test/botocore/**/*.test.ts"],
    globalSetup: ["test/setup/install-botocore.ts"],
    // Each of the commands, some sixty, starts a Python of its own.
    testTimeout: 600_000,
    reporters: ["verbose"],
  },
});

export default config;
