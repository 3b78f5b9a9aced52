#!/usr/bin/env node
// npm links a command only if its file is there at install, before anything is built: so this file is committed, and
// runs what was built.
//
// The AWS SDK warns of Node 20 once per process; for a command line that is noise.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";

try {
  const { main } = await import("../dist/main.js");
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
  console.error(`shardline: not built yet; run "npm run build" (${error.message.split("\n")[0]})`);
  process.exitCode = 1;
}
