/** A program of yours that runs the greeter on one transport after the other. */
import { Greeter } from "../proto/gen/examples/greeter_pb.ts";
import { createRuntime } from "../src/index.ts";

await using runtime = await createRuntime({
  plugins: { greeter: { module: new URL("./greeter.plugin.ts", import.meta.url), transport: "in-process" } },
});
const plugin = runtime.plugin("greeter");
const greeter = plugin.client(Greeter);
for (const transport of ["in-process", "worker", "process"]) {
  if (transport !== plugin.transport) await plugin.switchTo(transport);
  const { text } = await greeter.greet({ name: transport }, { timeoutMs: 5000 });
  console.log(`${text}, generation ${plugin.status.generation}`);
}
