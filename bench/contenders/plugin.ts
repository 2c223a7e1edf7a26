/** The echo as a plugin on one of loopp's transports, called as its users call it. */
import { Bench } from "../../proto/gen/loopp/v1/bench_pb.ts";
import { createClient } from "../../transports/calls/client.ts";
import { check } from "../../transports/options/check.ts";
import { defaultHandshake } from "../../transports/plugin.ts";
import type { PluginTransport } from "../../transports/transport.ts";
import type { RunningContender } from "../contender.ts";
import { callBy } from "./rpc.ts";

const launchTimeoutMs = 15_000;
const graceMs = 2000;

/** @throws LaunchError */
export async function launchEcho(transport: PluginTransport, options?: unknown): Promise<RunningContender> {
  const module = new URL("../echo.plugin.ts", import.meta.url);
  const spec = check(transport.options, { module, options }, "echo");
  const instance = await transport.launch(spec, {
    name: "echo",
    generation: 1,
    config: undefined,
    handshake: defaultHandshake,
    guestProgram: new URL("../../src/guest/program.ts", import.meta.url),
    signal: AbortSignal.timeout(launchTimeoutMs),
    onLog: () => {},
  });
  return callBy(createClient(Bench, instance.transport), async () => {
    await instance.stop({ graceMs });
  });
}
