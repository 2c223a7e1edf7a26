/** One plugin on two threads. */
import { Greeter } from "../proto/gen/examples/greeter_pb.ts";
import { createRuntime } from "../src/index.ts";

const module = new URL("./hasher.plugin.ts", import.meta.url);
await using runtime = await createRuntime({
  plugins: { hasher: { module, transport: "worker", options: { worker: { threads: 2 } } } },
});
const hasher = runtime.client("hasher", Greeter);
for (const { text } of await Promise.all([hasher.greet({ name: "one" }), hasher.greet({ name: "two" })])) {
  console.log(text.slice(0, 8));
}
