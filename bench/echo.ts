/** The one implementation that every contender answers with. */
import { create } from "@bufbuild/protobuf";
import {
  Bench,
  type EchoRequest,
  type EchoResponse,
  EchoResponseSchema,
  type StreamRequest,
} from "../proto/gen/loopp/v1/bench_pb.ts";
import type { Routes } from "../transports/connection.ts";

/** Asynchronous, as handlers that do something are. */
export async function echo({ number, data }: EchoRequest): Promise<EchoResponse> {
  return create(EchoResponseSchema, { number, data });
}

export async function* stream({ count, data }: StreamRequest): AsyncGenerator<EchoResponse> {
  for (let number = 0; number < count; number++) yield create(EchoResponseSchema, { number, data });
}

export const echoRoutes: Routes = (router) => {
  router.service(Bench, { echo, stream });
};
