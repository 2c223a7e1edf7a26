/** Speaks in every way that a plugin has, as it is loaded, before the handshake and later. */
import { medianHandshake } from "../../../src/loop/handshakes.ts";
import { definePlugin } from "../../../transports/plugin.ts";

console.log("console at import");
process.stdout.write("stdout at import\n");

export default definePlugin({
  handshake: medianHandshake,
  setup({ log }) {
    console.log("console before the handshake");
    process.stdout.write("stdout before the handshake\n");
    const named = log.with({ logger: "PluginChatty.Part" });
    for (const level of ["debug", "info", "warn", "error"] as const)
      named[level](`at ${level}`, { number: 1, deep: { a: [1] } });
    // A host in Go would panic over this line.
    process.stderr.write('{"@level":7,"@message":{}}\n');
    const timer = setInterval(() => {
      console.log("console later");
      process.stdout.write("stdout later\n");
      process.stderr.write("stderr later\n");
    }, 50);
    return { routes: () => {}, dispose: () => clearInterval(timer) };
  },
});
