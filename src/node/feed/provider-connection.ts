/** A connection to a job's provider that survives the relayer's instances: each call goes to the provider that is present. */
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
 * The bytes of whatever provider is present. A plugin that holds a client of them keeps it when the relayer comes back.
 * @param bindings hears of what the provider is to keep in mind
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
