/**
 * Serves `loop.CapabilitiesRegistry` for a host that runs no capabilities: every relayer dials it, and newer relayers list
 * the capabilities.
 */
import { Code, ConnectError } from "@connectrpc/connect";
import { CapabilitiesRegistry as CapabilitiesRegistryRpc } from "../../../proto/gen/loop/capabilities_registry_pb.ts";
import type { Routes } from "../../../transports/connection.ts";
import { unary } from "../calls.ts";
import { refusing } from "../unimplemented.ts";

const none = "this host runs no capabilities";

/** Lists are empty, every capability is NotFound, and all other methods are Unimplemented. */
export const emptyCapabilitiesRegistry: Routes = (router) => {
  const notFound = unary(async ({ id }: { id: string }): Promise<never> => {
    throw new ConnectError(`capability not found with id ${id}: ${none}`, Code.NotFound);
  });
  router.service(CapabilitiesRegistryRpc, {
    ...refusing(CapabilitiesRegistryRpc, none),
    list: unary(async () => ({ capabilityID: [] })),
    dONsForCapability: unary(async () => ({ dons: [] })),
    get: notFound,
    getTrigger: notFound,
    getExecutable: notFound,
  });
};
