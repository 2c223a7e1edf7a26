/** Answers with a hash. It keeps nothing between calls, so that any of several threads can answer any of them. */
import { createHash } from "node:crypto";
import { Greeter } from "../proto/gen/examples/greeter_pb.ts";
import { definePlugin } from "../src/plugin.ts";

export default definePlugin({
  stateless: true,
  setup: () => ({
    routes: (router) =>
      router.service(Greeter, { greet: ({ name }) => ({ text: createHash("sha256").update(name).digest("hex") }) }),
  }),
});
