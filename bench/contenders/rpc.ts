/** Calls by a Connect client, with the call profile: a deadline on each, one signal for all, no headers. */
import type { Client } from "@connectrpc/connect";
import type { Bench } from "../../proto/gen/loopp/v1/bench_pb.ts";
import { callTimeoutMs, type RunningContender } from "../contender.ts";

export function callBy(client: Client<typeof Bench>, stop: () => Promise<void>): RunningContender {
  const ending = new AbortController();
  const options = { timeoutMs: callTimeoutMs, signal: ending.signal };
  return {
    call: (data) => client.echo({ number: data.length, data }, options),
    stream: (count, data) => client.stream({ count, data }, options),
    async stop() {
      ending.abort();
      await stop();
    },
  };
}
