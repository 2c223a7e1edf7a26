/** Serves `loop.ValidationService`. */
import { ValidationService as ValidationServiceRpc } from "../../../proto/gen/loop/validate_config_pb.ts";
import type { Routes } from "../../../transports/connection.ts";
import { unary } from "../calls.ts";
import { createObjectScope, type ObjectScope } from "../object-scope.ts";
import { serviceRoutes } from "../service/server.ts";
import type { ValidationService } from "./types.ts";

/** @param scope what `Close` ends; by default only the service */
export function validationServiceRoutes(
  service: ValidationService,
  scope: ObjectScope = createObjectScope(service),
): Routes {
  return (router) => {
    serviceRoutes(service, scope)(router);
    router.service(ValidationServiceRpc, {
      // A Go host leaves out a config that is nil.
      validateConfig: unary(async ({ config = {} }, options) => {
        await service.validateConfig(config, options);
        return {};
      }),
    });
  };
}
