// What comes along when a Lambda function imports its handler: neither worker nor lease table nor a client of AWS.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { expect, test } from "vitest";

const PACKAGES = resolve(import.meta.dirname, "../../..");
const SPECIFIER = /(?:^|\n)\s*(?:import|export)\s(?!type\b)(?:[^;"]*?\bfrom\s*)?"([^"]+)"/g;

/** Every file of ours that is loaded with one, and every package beside them. Types are not loaded. */
function loadedWith(file: string, loaded = new Set<string>()): Set<string> {
  if (loaded.has(file)) return loaded;
  loaded.add(file);
  for (const [, specifier = ""] of readFileSync(file, "utf8").matchAll(SPECIFIER)) {
    const source = sourceOf(specifier, file);
    if (source === undefined) loaded.add(specifier);
    else loadedWith(source, loaded);
  }
  return loaded;
}

/** The source of what is imported, if it is ours. */
function sourceOf(specifier: string, from: string): string | undefined {
  if (specifier.startsWith(".")) return resolve(from, "..", specifier);
  if (!specifier.startsWith("@shardline/")) return undefined;
  const [, name = "", ...path] = specifier.split("/");
  const manifest = createRequire(import.meta.url)(`${PACKAGES}/${name}/package.json`) as {
    exports: Record<string, { "@shardline/source": string }>;
  };
  const entry = manifest.exports[[".", ...path].join("/")];
  return entry && resolve(PACKAGES, name, entry["@shardline/source"]);
}

const ours = (loaded: ReadonlySet<string>): string[] =>
  [...loaded]
    .filter((name) => name.startsWith(PACKAGES))
    .map((name) => name.slice(PACKAGES.length + 1));

test("importing the handler of a Lambda function brings neither worker, nor lease, nor DynamoDB, nor the AWS SDK", () => {
  const loaded = loadedWith(resolve(PACKAGES, "consumer/src/lambda/index.ts"));
  const rooms = new Set(ours(loaded).map((file) => file.split("/src/")[0]));
  expect(rooms).toEqual(new Set(["consumer", "core", "aggregation"]));
  const inConsumer = ours(loaded).filter((file) => file.startsWith("consumer/"));
  const folders = new Set(inConsumer.map((file) => file.split("/").slice(2, -1).join("/")));
  expect(folders).toEqual(new Set(["lambda", "batch", "checkpoint", "handling", ""]));
  const besides = [...loaded].filter(
    (name) => !name.startsWith(PACKAGES) && !name.startsWith("node:"),
  );
  expect(new Set(besides)).toEqual(new Set(["pino", "protobufjs/minimal.js"]));
});

test("the same look at the consumer's own entry finds all of them", () => {
  const loaded = loadedWith(resolve(PACKAGES, "consumer/src/index.ts"));
  expect([...loaded]).toContain("@aws-sdk/client-dynamodb");
  expect([...loaded]).toContain("@aws-sdk/client-kinesis");
  expect(ours(loaded)).toContain("consumer/src/worker.ts");
});
