// Simulated processes log nothing: the journal tells what matters.
import type { Logger } from "@shardline/core";

const nothing = (): void => undefined;

export const silence: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
