/** A plugin that writes down every call that it handles, in a file that outlives its instances. */
import { appendFileSync } from "node:fs";
import { create } from "@bufbuild/protobuf";
import { Conformance, ConformanceResponseSchema } from "../../../proto/gen/loopp/v1/conformance_pb.ts";
import { conformanceRoutes } from "../../../src/testing/conformance/conformance.plugin.ts";
import { definePlugin } from "../../../transports/plugin.ts";

export default definePlugin<{ ledger: string }>({
  setup({ config, broker }) {
    appendFileSync(config.ledger, "setup\n");
    return {
      dispose: () => appendFileSync(config.ledger, "dispose\n"),
      routes(router) {
        router.service(Conformance, {
          async unary({ id, delayMs, data }) {
            appendFileSync(config.ledger, `${id}\n`);
            if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
            return create(ConformanceResponseSchema, { data });
          },
          async *serverStream(_, { signal }) {
            yield create(ConformanceResponseSchema);
            await new Promise((resolve) => signal.addEventListener("abort", resolve));
          },
          die({ code }) {
            process.exit(code);
          },
          async offer() {
            appendFileSync(config.ledger, "offer\n");
            const server = await broker.serve(conformanceRoutes({ broker }));
            return { id: server.id };
          },
        });
      },
    };
  },
});
