/** The greeter as a go-plugin binary: to the host it is a command, in whatever language it is written. */
import { fileURLToPath } from "node:url";
import { Greeter } from "../proto/gen/examples/greeter_pb.ts";
import { createRuntime } from "../src/index.ts";

const loopp = fileURLToPath(new URL("../src/cli/main.ts", import.meta.url));
const module = fileURLToPath(new URL("./greeter.plugin.ts", import.meta.url));
await using runtime = await createRuntime({
  plugins: { greeter: { options: { process: { command: "bun", args: [loopp, "serve", module] } } } },
});
const { text } = await runtime.client("greeter", Greeter).greet({ name: "go-plugin" }, { timeoutMs: 5000 });
console.log(text);
