/** The greeter over TCP, then on a transport of the runtime's own. */
import { Greeter } from "../../proto/gen/examples/greeter_pb.ts";
import { createRuntime } from "../../src/index.ts";
import tcp from "./tcp.transport.ts";

await using runtime = await createRuntime({
  transports: [tcp],
  plugins: { greeter: { module: new URL("../greeter.plugin.ts", import.meta.url), transport: "tcp" } },
});
const plugin = runtime.plugin("greeter");
for (const transport of ["tcp", "process"]) {
  if (transport !== plugin.transport) await plugin.switchTo(transport);
  const { text } = await plugin.client(Greeter).greet({ name: transport }, { timeoutMs: 5000 });
  console.log(text);
}
