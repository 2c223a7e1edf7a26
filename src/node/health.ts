/**
 * The health of plugins' parts, as the plugins report it (`loop.Service`), under the names that a Chainlink node gives them. A plugin
 * has one second to answer; one that does not is a single failing check, so the node's health is known after a second at most.
 */
import { Code, createClient, type Transport } from "@connectrpc/connect";
import { Service as ServiceRpc } from "../../proto/gen/loop/relayer_pb.ts";
import { asConnectError, textWithoutCode } from "../../transports/calls/connect-error.ts";
import { inTime, TimeoutError } from "../../transports/time/deadline.ts";
import { connectionOf } from "../loop/connection.ts";
import type { CallOptions, Service } from "../loop/types.ts";
import type { PluginHandle } from "../runtime/plugin-handle.ts";
import type { HealthCheck, HealthSource } from "../server/health.ts";
import type { Feed } from "./feed/feed.ts";
import type { NodeRelayer } from "./relayers/relayer.ts";

/** A part of a plugin that the node knows about, and what to ask it. */
interface Component {
  /** Such as `solana.devnet.RelayerService`. */
  readonly name: string;
  /** The plugin that has it. */
  readonly plugin: PluginHandle;
  /** Rejects while the part does not work. */
  ready?(options: CallOptions): Promise<void>;
  /** Where to ask for the health of its own parts, and the prefix of their names. */
  readonly reports?: Reports;
}

interface Reports {
  readonly name: string;
  readonly transport: Transport;
  /** For plugins that do not implement `HealthReport`, as those of 2024: the parts of what the plugin has made, and their errors. */
  older?(options: CallOptions): Promise<readonly (readonly [part: string, error: string])[]>;
}

export interface ComponentHealthOptions {
  readonly relayers: readonly NodeRelayer[];
  readonly feeds: readonly Feed[];
  /** How long an answer is used again, in milliseconds. @default 5000 */
  readonly maxAgeMs?: number;
}

/** Chainlink's hosts wait as long for `Ready` and for `HealthReport`. */
const answerMs = 1000;

/** Asks all plugins at the same time when it is called, unless the last answer is young enough. */
export function createComponentHealth({ relayers, feeds, maxAgeMs = 5000 }: ComponentHealthOptions): HealthSource {
  const components = [...relayers.map(relayerService), ...feeds.flatMap(feedComponents)];
  let latest: { readonly at: number; readonly checks: Promise<readonly HealthCheck[]> } | undefined;
  return () => {
    const now = performance.now();
    if (latest === undefined || now - latest.at > maxAgeMs) {
      latest = { at: now, checks: Promise.all(components.map(ask)).then((checks) => checks.flat()) };
    }
    return latest.checks;
  };
}

function relayerService({ plugin, relayer }: NodeRelayer): Component {
  const name = `${plugin.name}.RelayerService`;
  return {
    name,
    plugin,
    ready: async (options) => (await relayer.get(options)).ready(options),
    reports: {
      name: `${name}.PluginRelayerClient`,
      transport: plugin.connect,
      async older(options) {
        const made = await relayer.get(options);
        const ownName = `${made.name()}.`;
        const report = [...(await made.healthReport(options))];
        return report.flatMap(([part, error]) =>
          part.startsWith(ownName) ? [[part.slice(ownName.length), error]] : [],
        );
      },
    },
  };
}

function feedComponents({ plugin, product, service, relayer }: Feed): Component[] {
  const name = `${plugin.name}.${product.names.service}`;
  const { provider } = product;
  const connection = connectionOf(provider);
  return [
    {
      name,
      plugin,
      ready: (options) => readyUnlessNeverStarted(service, options),
      reports: { name: `${name}.${product.names.client}`, transport: plugin.connect },
    },
    ...(connection === undefined
      ? []
      : [
          {
            name: provider.name(),
            plugin: relayer,
            reports: { name: provider.name(), transport: connection.transport },
          },
        ]),
  ];
}

/**
 * Chainlink's own median plugin never starts its factory, which works all the same but always answers that it is not ready: from a
 * factory, this one answer counts as ready.
 */
async function readyUnlessNeverStarted(factory: Pick<Service, "ready">, options: CallOptions): Promise<void> {
  try {
    await factory.ready(options);
  } catch (error) {
    if (!/^service is "Unstarted", not started$/.test(textWithoutCode(error))) throw error;
  }
}

/** Never rejects. A plugin that is down or does not answer is one check; else there is one for it and one for each of its parts. */
async function ask(component: Component): Promise<readonly HealthCheck[]> {
  const { name, plugin, reports } = component;
  if (plugin.state !== "ready" && plugin.state !== "degraded") return [check(name, "plugin unavailable")];
  const late = () => new TimeoutError(`no answer within ${answerMs} ms`);
  try {
    const [parts] = await inTime({ timeoutMs: answerMs, late }, (signal) => {
      const options: CallOptions = { timeoutMs: answerMs, signal };
      return Promise.all([reports === undefined ? [] : partsOf(reports, options), component.ready?.(options)]);
    });
    return [check(name, ""), ...parts.filter((part) => part.name !== name)];
  } catch (error) {
    return [check(name, textWithoutCode(error))];
  }
}

/** @throws ConnectError when the other side does not answer */
async function partsOf(
  { name, transport, older = async () => [] }: Reports,
  options: CallOptions,
): Promise<readonly HealthCheck[]> {
  const found = await createClient(ServiceRpc, transport)
    .healthReport({}, options)
    .then(({ healthReport }) => Object.entries(healthReport))
    .catch((error: unknown) => {
      if (asConnectError(error).code === Code.Unimplemented) return older(options);
      throw error;
    });
  return [check(name, ""), ...found.map(([part, error]) => check(`${name}.${part}`, error))];
}

function check(name: string, error: string): HealthCheck {
  return { name, status: error === "" ? "passing" : "failing", output: error };
}
