/** A plugin's process is killed while its callers call. They get an error or do not even notice, and the next instance answers. */
import { ConnectError } from "@connectrpc/connect";
import { Greeter } from "../proto/gen/examples/greeter_pb.ts";
import { createRuntime, findExit } from "../src/index.ts";

await using runtime = await createRuntime({
  plugins: {
    greeter: {
      module: new URL("./greeter.plugin.ts", import.meta.url),
      transport: "process",
      restart: { initialDelayMs: 10 },
    },
  },
  onLog: () => {},
});
const plugin = runtime.plugin("greeter");
const greeter = plugin.client(Greeter);
console.log((await greeter.greet({ name: "ada" })).text);

const inFlight = greeter.greet({ name: "grace" });
process.kill(plugin.status.pid ?? 0, "SIGKILL");
const outcome = await inFlight.catch(ConnectError.from);
if (outcome instanceof ConnectError) console.log(`in flight: ${findExit(outcome)?.reason ?? outcome.message}`);

console.log((await greeter.greet({ name: "edsger" }, { timeoutMs: 10_000 })).text);
console.log(`restarts: ${plugin.status.restarts}`);
