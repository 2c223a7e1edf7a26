/** Calls `loop.Service`. */
import { createClient } from "@connectrpc/connect";
import { Service as ServiceRpc } from "../../../proto/gen/loop/relayer_pb.ts";
import { textWithoutCode } from "../../../transports/calls/errors.ts";
import { closeCall } from "../calls.ts";
import type { CallTarget } from "../connection.ts";
import type { Service } from "../types.ts";

/**
 * @param name the name on this side of the connection; nobody asks the other side for its own. In health reports it
 *   stands for the connection and before every name that the other side reports, as in Chainlink's hosts
 */
export function createServiceClient(target: CallTarget, name: string): Service {
  const client = createClient(ServiceRpc, target.transport);
  return {
    name: () => name,
    async ready(options) {
      await client.ready({}, options);
    },
    /** Never rejects: that the other side does not answer is what the report says then. */
    async healthReport(options) {
      try {
        const { healthReport } = await client.healthReport({}, options);
        const reported = Object.entries(healthReport).map(([component, error]): [string, string] => [
          `${name}.${component}`,
          error,
        ]);
        return new Map([[name, ""], ...reported]);
      } catch (error) {
        return new Map([[name, textWithoutCode(error)]]);
      }
    },
    /** Resolves when the other side is gone, too: whatever was there has ended with it. */
    close: (options) => closeCall(client.close({}, options)),
  };
}
