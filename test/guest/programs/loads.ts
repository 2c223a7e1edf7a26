/**
 * Prints what is loaded by the time that a plugin, set up by the guest program, has answered its first call: which packages, and whether
 * Node's fetch, as the first `Headers` does and every import of `node:http`. Runs on Node, which tells of every file that it loads.
 */
import { registerHooks } from "node:module";

const [, , ...modules] = process.argv;
const packages = new Set<string>();
registerHooks({
  load(url, context, next) {
    const [, name] = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*\/node_modules\/)/.exec(url) ?? [];
    if (name !== undefined) packages.add(name);
    return next(url, context);
  },
});

for (const module of modules) await import(module);
const { createInProcessTransport } = await import("../../../transports/in-process/index.ts");
const { createClient } = await import("../../../transports/calls/client.ts");
const { defaultHandshake } = await import("../../../transports/plugin.ts");
const { Greeter } = await import("../../../proto/gen/examples/greeter_pb.ts");
const instance = await createInProcessTransport().launch(
  { module: new URL("../../../examples/greeter.plugin.ts", import.meta.url), messages: "copy" },
  {
    name: "greeter",
    generation: 1,
    config: undefined,
    handshake: defaultHandshake,
    guestProgram: new URL("../../../src/guest/program.ts", import.meta.url),
    signal: new AbortController().signal,
    onLog: () => {},
  },
);
const { text } = await createClient(Greeter, instance.transport).greet({ name: "guest" });
// Not told by the runtime's types.
const { moduleLoadList } = process as unknown as { moduleLoadList: readonly string[] };
const loadsFetch = moduleLoadList.includes("NativeModule internal/deps/undici/undici");
console.log(JSON.stringify({ text, packages: [...packages].sort(), loadsFetch }));
process.exit(0);
