// From a properties file of the KPL to options of ours.
import { type ImportedProperties, importProperties } from "@shardline/core";
import { DROPPED_KEYS } from "./dropped-keys.ts";
import type { KplProducerOptions } from "./kpl-options.ts";
import { MAPPED_KEYS } from "./mapped-keys.ts";

/**
 * What the text of a KPL properties file comes to. `options` is for `createProducer`; `ignored` tells of every property
 * that has no effect, or another one than it says, in the order of the file.
 * @throws KinesisError INVALID_OPTIONS, with the key, value and line of everything that the KPL would refuse
 */
export function producerOptionsFromKplProperties(
  text: string,
): ImportedProperties<KplProducerOptions> {
  return importProperties(text, {
    owner: "producerOptionsFromKplProperties",
    reader: "the KPL",
    keys: { ...MAPPED_KEYS, ...DROPPED_KEYS },
  });
}
