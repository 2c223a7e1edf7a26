/** Serves `loop.relayerset.RelayerSet`: plugins dial it whether they need it or not, and here there is none. */
import { RelayerSet as RelayerSetRpc } from "../../../proto/gen/loop/relayerset/relayerset_pb.ts";
import type { Routes } from "../../../transports/connection.ts";
import { unimplementedRoutes } from "../unimplemented.ts";

export const noRelayerSet: Routes = unimplementedRoutes(RelayerSetRpc, "this host has no relayer set");
