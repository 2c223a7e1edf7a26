/**
 * How a plugin is: gRPC's health service, as go-plugin's hosts ask for it, where the service named "plugin" is the plugin itself; and
 * the health of its components, for its metrics.
 */
import { Code, ConnectError } from "@connectrpc/connect";
import { Health, HealthCheckResponse_ServingStatus } from "../../proto/gen/grpc/health/v1/health_pb.ts";
import type { Routes } from "../../transports/connection.ts";
import type { ServedService } from "../../transports/plugin.ts";
import { aborted } from "../../transports/time/abort.ts";
import { settleWithin } from "../../transports/time/settle.ts";

const known = new Set(["", "plugin"]);

/**
 * @param ending aborts when the plugin is to end; it is NOT_SERVING from then on
 * @param fault what else it is NOT_SERVING for
 */
export function healthRoutes(ending: AbortSignal, fault?: () => Promise<string | undefined>): Routes {
  const status = async (service: string) => {
    if (!known.has(service)) throw new ConnectError(`unknown service "${service}"`, Code.NotFound);
    const { SERVING, NOT_SERVING } = HealthCheckResponse_ServingStatus;
    const serves = !ending.aborted && (await fault?.()) === undefined;
    return { status: serves ? SERVING : NOT_SERVING };
  };
  return (router) => {
    router.service(Health, {
      check: ({ service }) => status(service),
      async *watch({ service }, { signal }) {
        yield await status(service);
        await aborted(signal, ending);
        if (!signal.aborted) yield await status(service);
      },
    });
  };
}

/** As Chainlink's hosts. */
const reportMs = 1000;

/** Each component of the plugin, and whether it is well. A plugin that tells nothing of components is one, named as in gRPC's health service. */
export async function serviceHealth(
  service: ServedService | undefined,
  ending: AbortSignal,
): Promise<Iterable<[component: string, isWell: boolean]>> {
  if (service === undefined) return [["plugin", !ending.aborted]];
  // It may throw at once, too.
  const asked = (async () => service.healthReport())();
  const report = await settleWithin(asked, reportMs);
  if (!("value" in report)) return [[service.name(), false]];
  return [...report.value].map(([component, problem]) => [component, problem === ""]);
}
