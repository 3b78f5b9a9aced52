// Which folders of the packages may import what: a room each. The linter's overrides are made from them.

const PRODUCER_EVENTS = ["../producer-events.ts", "../measurements.ts", "../settings.ts"];

export const CONSUMER = {
  files: "packages/consumer/src/**",
  packages: [
    "@shardline/core",
    "@shardline/core/default-logger",
    "@shardline/aggregation",
    "@shardline/aws",
  ],
};

/**
 * Each room: its files, the packages it may import by name, and the relative paths it may import from
 * (everywhere inside its package unless said). Later rooms are inside earlier ones and replace them.
 */
export const ROOMS = [
  { files: "packages/core/src/**", packages: ["pino"] },
  { files: "packages/aggregation/src/**", packages: ["@shardline/core", "protobufjs/minimal.js"] },
  {
    files: "packages/aws/src/**",
    packages: [
      "@shardline/core",
      "@aws-sdk/client-kinesis",
      "@smithy/core/*",
      "@smithy/node-http-handler",
      "p-retry",
    ],
  },
  {
    files: "packages/aws/src/wire/**",
    packages: [
      "@shardline/core",
      "@aws-sdk/client-kinesis",
      "@smithy/core/*",
      "@smithy/node-http-handler",
    ],
    from: [
      "./",
      "../answer-mismatch.ts",
      "../aws-errors.ts",
      "../body-guard.ts",
      "../get-records.ts",
      "../http2-transport.ts",
      "../list-shards.ts",
      "../put-records.ts",
      "../shard-iterator.ts",
      "../shard-records.ts",
      "../stream-body.ts",
      "../stream-fields.ts",
      "../subscription-event.ts",
    ],
  },
  {
    files: "packages/producer/src/**",
    packages: [
      "@shardline/core",
      "@shardline/core/default-logger",
      "@shardline/aggregation",
      "@shardline/aws",
    ],
  },
  {
    files: "packages/producer/src/record/**",
    packages: ["@shardline/core", "@shardline/aggregation"],
    from: ["./"],
  },
  {
    files: "packages/producer/src/intake/**",
    packages: ["@shardline/core"],
    from: ["./", "../record/"],
  },
  { files: "packages/producer/src/shard-map/**", packages: ["@shardline/core"], from: ["./"] },
  {
    files: "packages/producer/src/lane/**",
    packages: ["@shardline/core"],
    from: ["./", "../record/", "../shard-map/", "../stream/", ...PRODUCER_EVENTS],
  },
  {
    files: "packages/producer/src/stream/**",
    packages: ["@shardline/core"],
    from: ["./", "../settings.ts"],
  },
  {
    files: "packages/producer/src/kpl/**",
    packages: ["@shardline/core"],
    from: ["./", "../options.ts"],
  },
  {
    files: "packages/producer/src/settle/**",
    packages: ["@shardline/core"],
    from: ["./", "../record/"],
  },
  {
    files: "packages/producer/src/call/**",
    packages: ["@shardline/core"],
    from: ["./", "../record/", "../shard-map/", "../lane/", "../settle/", ...PRODUCER_EVENTS],
  },
  {
    files: "packages/producer/src/metrics/**",
    packages: ["@shardline/core"],
    from: ["./", ...PRODUCER_EVENTS],
  },
  CONSUMER,
  { files: "packages/consumer/src/lease/**", packages: ["@shardline/core"], from: ["./"] },
  {
    files: "packages/consumer/src/lease/dynamodb-*.ts",
    packages: ["@shardline/core", "@shardline/aws", "@aws-sdk/client-dynamodb"],
    from: ["./"],
  },
  {
    files: "packages/consumer/src/checkpoint/**",
    packages: ["@shardline/core"],
    from: ["./", "../lease/"],
  },
  {
    files: "packages/consumer/src/batch/**",
    packages: ["@shardline/core", "@shardline/aggregation"],
    from: ["./"],
  },
  {
    files: "packages/consumer/src/handling/**",
    packages: ["@shardline/core"],
    from: ["./", "../batch/"],
  },
  {
    files: "packages/consumer/src/lanes/**",
    packages: ["@shardline/core"],
    from: ["./", "../batch/", "../checkpoint/", "../handling/"],
  },
  {
    files: "packages/consumer/src/kcl/**",
    packages: ["@shardline/core"],
    from: ["./", "../batch/handler.ts", "../options.ts", "../shard/shard-hooks.ts"],
  },
  {
    files: "packages/consumer/src/lambda/**",
    packages: ["@shardline/core", "@shardline/core/default-logger"],
    from: [
      "./",
      "../batch/",
      "../batch-options.ts",
      "../checkpoint/checkpoint-plan.ts",
      "../failure-options.ts",
      "../failure-settings.ts",
      "../handling/",
    ],
  },
  {
    files: "packages/consumer/src/operate/**",
    packages: ["@shardline/core"],
    from: ["./", "../lease/", "../shard/"],
  },
  {
    files: "packages/consumer/src/handler/**",
    packages: [],
    from: ["../batch/"],
  },
  {
    files: "packages/consumer/src/dead-letter/**",
    packages: ["@shardline/core", "@shardline/aws"],
    from: ["./", "../handling/dead-letter.ts"],
  },
  {
    files: "packages/consumer/src/shard/**",
    packages: ["@shardline/core"],
    from: [
      "./",
      "../lease/",
      "../checkpoint/",
      "../batch/",
      "../handling/",
      "../lanes/",
      "../polling/iterator-expiry.ts",
    ],
  },
  {
    files: "packages/consumer/src/polling/**",
    packages: ["@shardline/core"],
    from: ["./", "../batch/", "../shard/shard-reader.ts", "../shard/shard-events.ts"],
  },
  {
    files: "packages/consumer/src/fan-out/**",
    packages: ["@shardline/core"],
    from: [
      "./",
      "../batch/",
      "../polling/read-failures.ts",
      "../polling/retention-watch.ts",
      "../polling/shard-gone.ts",
      "../shard/shard-reader.ts",
      "../shard/shard-events.ts",
    ],
  },
  {
    files: "packages/consumer/src/stream/**",
    packages: ["@shardline/core", "@shardline/aws"],
    from: [
      "./",
      "../lease/",
      "../batch/",
      "../handling/",
      "../shard/",
      "../consumer-events.ts",
      "../lane-settings.ts",
      "../open-shard-reader.ts",
      "../settings.ts",
      "../start-at.ts",
      "../startup-phases.ts",
    ],
  },
  {
    files: "packages/consumer/src/status/**",
    packages: ["@shardline/core"],
    from: [
      "./",
      "../lease/",
      "../batch/read-mode.ts",
      "../handling/",
      "../shard/",
      "../consumer-events.ts",
      "../settings.ts",
    ],
  },
  {
    files: "packages/emulator/src/**",
    packages: ["@shardline/core", "dynalite", "cborg", "selfsigned"],
  },
  {
    files: "packages/emulator/src/testing/**",
    packages: ["@shardline/core", "vitest"],
    from: ["../start-emulator.ts"],
  },
];
