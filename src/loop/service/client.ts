/** Calls `loop.Service`. */
import { createClient } from "@connectrpc/connect";
import { Service as ServiceRpc } from "../../../proto/gen/loop/relayer_pb.ts";
import { textWithoutCode } from "../../../transports/calls/connect-error.ts";
import { closeCall } from "../calls.ts";
import type { CallTarget } from "../connection.ts";
import type { Service } from "../types.ts";

/**
 * @param name the service's name on this side of the connection; the other side is not asked for its name. In health reports
 *   it names the connection and is the prefix of every name that the other side reports, as in Chainlink's hosts
 */
export function createServiceClient(target: CallTarget, name: string): Service {
  const client = createClient(ServiceRpc, target.transport);
  return {
    name: () => name,
    async ready(options) {
      await client.ready({}, options);
    },
    /** Never rejects: when the other side does not answer, the report says so. */
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
    /** Also resolves when the other side has ended, because the service has ended with it. */
    close: (options) => closeCall(client.close({}, options)),
  };
}
