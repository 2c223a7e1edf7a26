/** What a caller sees: of a handler that throws, of a deadline, of a plugin that dies in the middle of a call, and after it. */
import { setTimeout as sleep } from "node:timers/promises";
import { Code, ConnectError } from "@connectrpc/connect";
import { Greeter } from "../proto/gen/examples/greeter_pb.ts";
import { createRuntime, definePlugin, findExit } from "../src/index.ts";

const moody = definePlugin({
  setup: () => ({
    routes(router) {
      router.service(Greeter, {
        async greet({ name }, { signal }) {
          if (name === "nobody") throw new Error("whom should I greet?");
          await sleep(60_000, undefined, { signal });
          return {};
        },
      });
    },
  }),
});

await using runtime = await createRuntime({ plugins: { moody: { module: moody, restart: false } } });
const plugin = runtime.plugin("moody");
const greeter = plugin.client(Greeter);

async function say(what: string, call: Promise<unknown>): Promise<void> {
  const error = ConnectError.from(await call.catch((thrown: unknown) => thrown));
  const exit = findExit(error);
  console.log(`${what}: ${Code[error.code]}${exit === undefined ? "" : `, exit "${exit.reason}"`}`);
}

await say("a handler that throws", greeter.greet({ name: "nobody" }));
await say("too slow", greeter.greet({ name: "ada" }, { timeoutMs: 50 }));
const inFlight = greeter.greet({ name: "ada" });
setTimeout(() => plugin.kill(), 50);
await say("in flight when the instance ended", inFlight);
await say("after it", greeter.greet({ name: "ada" }));
