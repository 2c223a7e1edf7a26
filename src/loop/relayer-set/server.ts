/** Serves `loop.relayerset.RelayerSet` for a host without a relayer set, because plugins always dial it. */
import { RelayerSet as RelayerSetRpc } from "../../../proto/gen/loop/relayerset/relayerset_pb.ts";
import type { Routes } from "../../../transports/connection.ts";
import { unimplementedRoutes } from "../unimplemented.ts";

export const noRelayerSet: Routes = unimplementedRoutes(RelayerSetRpc, "this host has no relayer set");
