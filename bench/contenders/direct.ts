/** No transport at all: what a call costs in the language itself. */
import { create } from "@bufbuild/protobuf";
import { EchoRequestSchema, StreamRequestSchema } from "../../proto/gen/loopp/v1/bench_pb.ts";
import type { Contender } from "../contender.ts";
import { echo, stream } from "../echo.ts";

export const direct: Contender = {
  name: "direct",
  about: "the handler called as a function, with a message made for it; no deadline, no signal, nothing encoded",
  role: "bound",
  async start() {
    return {
      call: (data) => echo(create(EchoRequestSchema, { number: data.length, data })),
      stream: (count, data) => stream(create(StreamRequestSchema, { count, data })),
      async stop() {},
    };
  },
};
