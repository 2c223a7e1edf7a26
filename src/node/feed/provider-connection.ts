/** A connection to a job's provider that outlives the relayer's instances: each call goes to the current provider. */
import { Code, ConnectError } from "@connectrpc/connect";
import { connectionOver, overBytes } from "../../../transports/calls/connection.ts";
import { deferReply } from "../../../transports/calls/lanes.ts";
import type { Called, Carrier, Connection } from "../../../transports/connection.ts";
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
  async function carrierFor({ signal }: Called): Promise<Carrier<Uint8Array>> {
    const connection = connectionOf(await provider.get({ signal }));
    if (connection === undefined) throw new ConnectError("the provider has no connection", Code.Internal);
    return connection.bytes;
  }
  const bytes = bindings.watch({
    unary: async (call) => (await carrierFor(call)).unary(call),
    stream: (call) => deferReply(carrierFor(call).then((carrier) => carrier.stream(call))),
  });
  return connectionOver(overBytes(bytes, defaultMaxMessageBytes), async () => {});
}
