/** Serves `loop.Service`. */
import { Service as ServiceRpc } from "../../../proto/gen/loop/relayer_pb.ts";
import type { Routes } from "../../../transports/connection.ts";
import { unary } from "../calls.ts";
import { closeByCall, createLifetime, type Lifetime } from "../lifetime.ts";
import type { Service } from "../types.ts";

/** @param lifetime what `Close` ends; by default nothing but the service */
export function serviceRoutes(service: Service, lifetime: Lifetime = createLifetime(service)): Routes {
  return (router) => {
    router.service(ServiceRpc, {
      name: unary(async () => ({ name: service.name() })),
      ready: unary(async (_, options) => {
        await service.ready(options);
        return {};
      }),
      healthReport: unary(async (_, options) => ({
        healthReport: Object.fromEntries(await service.healthReport(options)),
      })),
      close: unary(async (_, options, context) => {
        await closeByCall(lifetime, context.signal, options);
        return {};
      }),
    });
  };
}
