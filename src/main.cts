#!/usr/bin/env node
// CommonJS, because it must run before anything uses libuv's thread pool, and loading an ES module uses it: name look-ups
// hold a thread each for as long as they hang, and with the default of 4 threads four of them block the file system too.
const env = { ...process.env };
process.env["UV_THREADPOOL_SIZE"] ??= "16";

void (async () => {
  const { runMain } = await import("./cli/main.js");
  await runMain(process.argv.slice(2), env);
})();
