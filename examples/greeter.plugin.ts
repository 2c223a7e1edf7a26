/** A plugin: one service, wherever it runs. */
import { Greeter } from "../proto/gen/examples/greeter_pb.ts";
import { definePlugin } from "../src/plugin.ts";

export default definePlugin({
  setup: () => ({
    routes: (router) => router.service(Greeter, { greet: ({ name }) => ({ text: `hello ${name}` }) }),
  }),
});
