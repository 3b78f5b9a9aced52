// What the libraries log is said by the commands in their own words, or not at all.
import type { Logger } from "@shardline/core";

const nothing = (): void => undefined;

export const quietLogger: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
