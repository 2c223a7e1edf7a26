/** A plugin that answers for its metrics itself, in the way that its config says. */
import { Code, ConnectError } from "@connectrpc/connect";
import { Diagnostics } from "../../../proto/gen/loopp/v1/diagnostics_pb.ts";
import { definePlugin } from "../../../transports/plugin.ts";

export default definePlugin<{ answer: "never" | "unimplemented" | "broken" }>({
  setup: ({ config }) => ({
    routes(router) {
      router.service(Diagnostics, {
        async collectMetrics() {
          if (config.answer === "never") await new Promise(() => {});
          if (config.answer === "broken") throw new ConnectError("the registry is broken", Code.Internal);
          throw new ConnectError("no such method", Code.Unimplemented);
        },
      });
    },
  }),
});
