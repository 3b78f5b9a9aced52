// A logger for tests that listen to events instead.
import type { Logger } from "@shardline/core";

const nothing = (): void => undefined;

export const silence: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
