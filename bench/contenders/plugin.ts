/** The echo as a plugin of loopp's: with all that a node has around its calls, and with nothing around them. */
import { Bench } from "../../proto/gen/loopp/v1/bench_pb.ts";
import { createHostMetrics } from "../../src/observability/host-metrics.ts";
import { builtInTransports } from "../../src/runtime/built-in-transports.ts";
import { createRuntime, type Runtime, type RuntimeOptions } from "../../src/runtime/create-runtime.ts";
import type { PluginOptions } from "../../src/runtime/options.ts";
import { createClient } from "../../transports/calls/client.ts";
import { check } from "../../transports/options/check.ts";
import { defaultHandshake } from "../../transports/plugin.ts";
import type { Contender, RunningContender } from "../contender.ts";
import { callBy } from "./rpc.ts";

export const echoModule = new URL("../echo.plugin.ts", import.meta.url);
const launchTimeoutMs = 15_000;
const graceMs = 2000;

type TransportKind = "in-process" | "worker" | "process";

/** Both: the plugin as its users have it, and the same transport without a runtime, metrics, deadlines and signals. */
export function ownContenders(
  name: string,
  about: string,
  transport: TransportKind,
  options?: Readonly<Record<string, unknown>>,
): readonly Contender[] {
  return [
    {
      name,
      about: `${about}; with the call profile`,
      role: "ours",
      start: () => startInRuntime({ module: echoModule, transport, options: { [transport]: options } }),
    },
    {
      name: `${name}-bare`,
      about:
        "the same, bare: a client on the transport's own connection, no runtime, no metrics, no deadline, no signal",
      role: "bare",
      start: () => launchBare(transport, options),
    },
  ];
}

/** With the call profile: a runtime with a node's metrics. @throws LaunchError */
export async function startInRuntime(plugin: PluginOptions): Promise<RunningContender> {
  const runtime = await createRuntime({ plugins: { echo: plugin }, ...nodeHooks() });
  return { ...callBy(runtime.client("echo", Bench), () => runtime.close()), pids: pidsOf(runtime) };
}

/** What a node hears of its runtime. */
export function nodeHooks(): Pick<RuntimeOptions, "onCall" | "onState" | "onLog"> {
  const { observeCall: onCall, observeState: onState } = createHostMetrics();
  return { onCall, onState, onLog: () => {} };
}

/** Of the processes that its plugins are in. */
export function pidsOf({ plugins }: Runtime): readonly number[] {
  return Array.from(plugins.values(), ({ status }) => status.pid ?? 0).filter((pid) => pid !== 0);
}

async function launchBare(kind: TransportKind, options: unknown): Promise<RunningContender> {
  const transport = builtInTransports.find((one) => one.kind === kind);
  if (transport === undefined) throw new RangeError(`There is no transport "${kind}"`);
  const spec = check(transport.options, { module: echoModule, options }, "echo");
  const instance = await transport.launch(spec, {
    name: "echo",
    generation: 1,
    config: undefined,
    handshake: defaultHandshake,
    guestProgram: new URL("../../src/guest/program.ts", import.meta.url),
    signal: AbortSignal.timeout(launchTimeoutMs),
    onLog: () => {},
  });
  const client = createClient(Bench, instance.transport);
  const { pid } = instance.facts;
  return {
    call: (data) => client.echo({ number: data.length, data }),
    stream: (count, data) => client.stream({ count, data }),
    pids: pid === undefined ? [] : [pid],
    async stop() {
      await instance.stop({ graceMs });
    },
  };
}
