// A key of the KPL: what it comes to.
import type { ImportedKey, Meaning } from "@shardline/core";
import type { KplProducerOptions } from "./kpl-options.ts";

export type KplKey = ImportedKey<KplProducerOptions>;
export type KplMeaning = Meaning<KplProducerOptions>;
