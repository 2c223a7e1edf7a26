/** gRPC's health service, as go-plugin's hosts ask for it: the service named "plugin" is the plugin itself. */
import { Code, ConnectError } from "@connectrpc/connect";
import { Health, HealthCheckResponse_ServingStatus } from "../../proto/gen/grpc/health/v1/health_pb.ts";
import type { Routes } from "../../transports/connection.ts";
import { aborted } from "../../transports/time/abort.ts";

const known = new Set(["", "plugin"]);

/** @param ending aborts when the plugin is to end; it is NOT_SERVING from then on */
export function healthRoutes(ending: AbortSignal): Routes {
  const status = (service: string) => {
    if (!known.has(service)) throw new ConnectError(`unknown service "${service}"`, Code.NotFound);
    const { SERVING, NOT_SERVING } = HealthCheckResponse_ServingStatus;
    return { status: ending.aborted ? NOT_SERVING : SERVING };
  };
  return (router) => {
    router.service(Health, {
      check: ({ service }) => status(service),
      async *watch({ service }, { signal }) {
        yield status(service);
        await aborted(signal, ending);
        if (!signal.aborted) yield status(service);
      },
    });
  };
}
