// From a properties file of the KCL's multi-language daemon, which is what aws-kcl starts, to options of ours.
import { type ImportedProperties, importProperties } from "@shardline/core";
import { DROPPED_KEYS } from "./dropped-keys.ts";
import type { KclConsumerOptions, KclValues } from "./kcl-options.ts";
import { MAPPED_KEYS } from "./mapped-keys.ts";

/** Parts of objects that the daemon makes, of which there are more than can be named. */
const PART =
  /^((?:kinesis|dynamoDb|cloudWatch)Client|(?:kinesis|dynamoDB|cloudWatch)CredentialsProvider)\..+$/;

/**
 * What the text of a properties file of the KCL comes to. `options` is for `createConsumer`, together with a handler, such as
 * that of `fromRecordProcessor`; `ignored` tells of every property that has no effect, or another one than it says, in the
 * order of the file.
 * @throws KinesisError INVALID_OPTIONS, with the key, value and line of everything that cannot be meant
 */
export function consumerOptionsFromKclProperties(
  text: string,
): ImportedProperties<KclConsumerOptions> {
  const imported = importProperties<Partial<KclConsumerOptions>>(text, {
    owner: "consumerOptionsFromKclProperties",
    reader: "the KCL",
    keys: { ...MAPPED_KEYS, ...DROPPED_KEYS },
    keyOf,
    check: requireNames,
  });
  return imported as ImportedProperties<KclConsumerOptions>;
}

/** As the daemon looks them up. */
function keyOf(spelt: string): string {
  if (spelt === "workerId") return "workerIdentifier";
  return spelt
    .replace(/^awscredentialsprovider/i, "AwsCredentialsProvider")
    .replace(/^pollingConfig\./, "")
    .replace(PART, "$1.*");
}

/** Without these the daemon does not start either. */
function requireNames(given: KclValues, problems: string[]): void {
  if (!given.has("applicationName")) problems.push("applicationName is missing");
  if (!given.has("streamName") && !given.get("streamArn")) {
    problems.push("streamName and streamArn are missing");
  }
}
