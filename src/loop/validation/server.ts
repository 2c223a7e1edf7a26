/** Serves `loop.ValidationService`. */
import { ValidationService as ValidationServiceRpc } from "../../../proto/gen/loop/validate_config_pb.ts";
import type { Routes } from "../../../transports/connection.ts";
import { unary } from "../calls.ts";
import { createLifetime, type Lifetime } from "../lifetime.ts";
import { serviceRoutes } from "../service/server.ts";
import type { ValidationService } from "./types.ts";

/** @param lifetime what `Close` ends; by default nothing but the service */
export function validationServiceRoutes(
  service: ValidationService,
  lifetime: Lifetime = createLifetime(service),
): Routes {
  return (router) => {
    serviceRoutes(service, lifetime)(router);
    router.service(ValidationServiceRpc, {
      // A Go host leaves out a config that is nil.
      validateConfig: unary(async ({ config = {} }, options) => {
        await service.validateConfig(config, options);
        return {};
      }),
    });
  };
}
