/** A provider with a contract reader that reads only what was bound in this life. */
import { Code, ConnectError } from "@connectrpc/connect";
import { ContractReader } from "../../../proto/gen/loop/contract_reader_pb.ts";
import { definePlugin } from "../../../transports/plugin.ts";

export default definePlugin({
  setup() {
    const bound = new Set<string>();
    return {
      routes: (router) =>
        router.service(ContractReader, {
          bind({ bindings }) {
            for (const { name, address } of bindings) {
              if (address === "nowhere") throw new ConnectError("there is no such contract", Code.NotFound);
              bound.add(`${address}-${name}`);
            }
            return {};
          },
          unbind({ bindings }) {
            for (const { name, address } of bindings) bound.delete(`${address}-${name}`);
            return {};
          },
          getLatestValue({ readIdentifier }) {
            if (bound.has(readIdentifier)) return {};
            throw new ConnectError(`${readIdentifier} is not bound`, Code.FailedPrecondition);
          },
        }),
    };
  },
});
