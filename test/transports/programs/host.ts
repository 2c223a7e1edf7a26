/**
 * A host that launches one plugin and then waits for its own end. Its arguments are the source of the plugin, a module's URL or
 * "command", and the options of the process transport in JSON. It says the plugin's process id when it is up.
 */
import { check } from "../../../transports/options/check.ts";
import { createProcessTransport } from "../../../transports/process/index.ts";
import { createLaunch } from "../support.ts";

const [source = "", options = "{}"] = process.argv.slice(2);
const transport = createProcessTransport();
const module = source === "command" ? undefined : new URL(source);
const spec = check(transport.options, { module, options: JSON.parse(options) }, "subject");
const instance = await transport.launch(spec, createLaunch());
console.log(instance.facts.pid);
setInterval(() => {}, 1000);
