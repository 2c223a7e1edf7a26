/** What becomes of a plugin that dies: it is started again, after a longer delay each time, and given up when it dies too often. */
import { ConnectError } from "@connectrpc/connect";
import { Greeter } from "../proto/gen/examples/greeter_pb.ts";
import { createRuntime } from "../src/index.ts";

await using runtime = await createRuntime({
  plugins: {
    greeter: {
      module: new URL("./greeter.plugin.ts", import.meta.url),
      transport: "worker",
      restart: { initialDelayMs: 10, maxRestarts: 2 },
    },
  },
  onState: ({ from, to, generation, exit }) => {
    console.log(`generation ${generation}: ${from} -> ${to}${exit === undefined ? "" : ` (${exit.reason})`}`);
  },
  onLog: () => {},
});
const plugin = runtime.plugin("greeter");
const greeter = plugin.client(Greeter);
for (const name of ["ada", "grace", "edsger"]) {
  plugin.kill();
  // The call waits for the next instance, as long as one is coming.
  const answer = await greeter.greet({ name }, { timeoutMs: 5000 }).catch(ConnectError.from);
  console.log(answer instanceof ConnectError ? answer.message : answer.text);
}
