/**
 * A host that launches one plugin and then waits for its own end. Its arguments are the source of the plugin, a module's URL or
 * "command", and the options of the process transport in JSON. It says the plugin's process id when it is up.
 */
import { createProcessTransport } from "../../../transports/process/index.ts";
import { createLife } from "../support.ts";

const [source = "", options = "{}"] = process.argv.slice(2);
const transport = createProcessTransport();
const spec = transport.parse(source === "command" ? undefined : new URL(source), JSON.parse(options), "options");
const instance = await transport.launch(spec, createLife());
console.log(instance.facts.pid);
setInterval(() => {}, 1000);
