/** Calls `loop.ValidationService`. */
import { createClient } from "@connectrpc/connect";
import { ValidationService as ValidationServiceRpc } from "../../../proto/gen/loop/validate_config_pb.ts";
import type { CallTarget } from "../connection.ts";
import { createServiceClient } from "../service/client.ts";
import type { ValidationService } from "./types.ts";

/** @param options.name see `createServiceClient`; default `ValidationServiceClient` */
export function createValidationServiceClient(
  target: CallTarget,
  { name = "ValidationServiceClient" }: { name?: string } = {},
): ValidationService {
  const client = createClient(ValidationServiceRpc, target.transport);
  return {
    ...createServiceClient(target, name),
    async validateConfig(config, options) {
      await client.validateConfig({ config }, options);
    },
  };
}
