/** Serves `loop.Service`. */
import { Service as ServiceRpc } from "../../../proto/gen/loop/relayer_pb.ts";
import type { Routes } from "../../../transports/connection.ts";
import { unary } from "../calls.ts";
import { closeByCall, createObjectScope, type ObjectScope } from "../object-scope.ts";
import type { Service } from "../types.ts";

/** @param scope what `Close` ends; by default only the service */
export function serviceRoutes(service: Service, scope: ObjectScope = createObjectScope(service)): Routes {
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
        await closeByCall(scope, context.signal, options);
        return {};
      }),
    });
  };
}
