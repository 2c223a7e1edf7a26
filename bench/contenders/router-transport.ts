/** What Connect itself offers in one process. */
import { createClient, createRouterTransport } from "@connectrpc/connect";
import { Bench } from "../../proto/gen/loopp/v1/bench_pb.ts";
import type { Contender } from "../contender.ts";
import { echoRoutes } from "../echo.ts";
import { callBy } from "./rpc.ts";

export const routerTransport: Contender = {
  name: "router-transport",
  about: "Connect's createRouterTransport: the Connect protocol without a network, protobuf both ways",
  role: "peer",
  async start() {
    return callBy(createClient(Bench, createRouterTransport(echoRoutes)), async () => {});
  },
};
