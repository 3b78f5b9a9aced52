// Values that only the KPL's properties have.
import { type Check, parsed, whole } from "@shardline/core";

/** The name of a host; empty for none. */
export const host: Check<string> = parsed("the name of a host, without scheme and port", (text) => {
  const name = text.trim();
  const isHost = /^[A-Za-z0-9.-]*$/.test(name) && (name === "" || URL.canParse(`https://${name}`));
  return isHost ? name : undefined;
});

export const port: Check<bigint> = whole(1n, 65_535n);
