/** A connection to a job's provider that outlives the relayer's instances: each call goes to the current provider. */
import { Code, ConnectError } from "@connectrpc/connect";
import { sendBytes } from "../../../transports/calls/answer.ts";
import { deferResponse } from "../../../transports/calls/deferred.ts";
import { createTransport } from "../../../transports/calls/transport.ts";
import type { Connection } from "../../../transports/connection.ts";
import { defaultMaxMessageBytes } from "../../../transports/transport.ts";
import { connectionOf } from "../../loop/connection.ts";
import type { PluginProvider } from "../../loop/provider/types.ts";
import type { Resource } from "../../runtime/resources.ts";
import type { Bindings } from "./bindings.ts";

/**
 * Leads to the current provider. A plugin keeps its client of this connection when the relayer is replaced.
 * @param bindings records what is bound in the provider
 */
export function createProviderConnection(provider: Resource<PluginProvider>, bindings: Bindings): Connection {
  const bytes = bindings.watch({
    call: (call) =>
      deferResponse(
        provider.get({ signal: call.signal }).then((present) => {
          const connection = connectionOf(present);
          if (connection === undefined) throw new ConnectError("the provider has no connection", Code.Internal);
          return connection.bytes.call(call);
        }),
      ),
  });
  return {
    bytes,
    transport: createTransport(sendBytes(bytes, defaultMaxMessageBytes)),
    async [Symbol.asyncDispose]() {},
  };
}
