/** A plugin's options checked and completed: what the runtime works with. */
import { isPluginModule } from "../../transports/guest.ts";
import { check } from "../../transports/options/check.ts";
import { optionsOn } from "../../transports/options/transport-options.ts";
import { defaultHandshake, type Handshake } from "../../transports/plugin.ts";
import type { PluginSource, PluginTransport, TransportOptions } from "../../transports/transport.ts";
import { namePattern } from "../values/name.ts";
import { describe } from "../values/text.ts";
import type { FaultRule } from "./faults.ts";
import { type HealthOptions, type OnBootFailure, pluginOptions } from "./options.ts";
import { defaultRestartPolicy, type RestartPolicy } from "./restart-policy.ts";

/** A plugin's options, complete. */
export interface PluginSpec {
  readonly name: string;
  /** The transport that it starts on. */
  readonly kind: string;
  /**
   * A transport, and what it makes of the plugin's options for it: checked when first asked for, and not again.
   * @throws TypeError for a transport that does not exist, or that the plugin cannot run on
   */
  specOn(kind: string): TransportSpec;
  readonly config: unknown;
  readonly handshake: Handshake;
  readonly onBootFailure: OnBootFailure;
  readonly restart: RestartPolicy | undefined;
  readonly health: HealthOptions | undefined;
  readonly startTimeoutMs: number;
  readonly stopGraceMs: number;
  readonly callTimeoutMs: number;
  readonly maxMessageBytes: number | undefined;
  readonly faults: readonly FaultRule[];
}

export interface TransportSpec {
  readonly transport: PluginTransport;
  readonly spec: unknown;
}

const defaultHealth: HealthOptions = { intervalMs: 5000, timeoutMs: 2000, misses: 3 };

/**
 * @throws TypeError that names the offending option by its path, such as `plugins.greeter.health.misses`
 */
export function parsePlugin(
  name: string,
  value: unknown,
  transports: ReadonlyMap<string, PluginTransport>,
): PluginSpec {
  const path = `plugins.${name}`;
  // "." and ".." fit the pattern, but are path segments in a URL.
  if (!namePattern.test(name) || name === "." || name === "..") {
    throw new TypeError(`plugins: ${describe(name)} is not a plugin name; use letters, digits, ".", "_" and "-"`);
  }
  const given = check(pluginOptions, value, path);
  const { module, options = {} } = given;
  for (const kind of Object.keys(options)) findTransport(kind, `${path}.options.${kind}`, transports);
  const kind = given.transport ?? (module === undefined ? "process" : "in-process");
  const specOn = specsByKind(path, module, options, transports);
  specOn(kind);
  return {
    name,
    kind,
    specOn,
    config: given.config,
    handshake: given.handshake ?? (isPluginModule(module) ? module.handshake : undefined) ?? defaultHandshake,
    onBootFailure: given.onBootFailure ?? "fail",
    restart: given.restart === false ? undefined : { ...defaultRestartPolicy, ...given.restart },
    health: given.health === false ? undefined : { ...defaultHealth, ...given.health },
    startTimeoutMs: given.startTimeoutMs ?? 60_000,
    stopGraceMs: given.stopGraceMs ?? 2000,
    callTimeoutMs: given.callTimeoutMs ?? 30_000,
    maxMessageBytes: given.maxMessageBytes,
    faults: given.faults ?? [],
  };
}

function specsByKind(
  path: string,
  module: PluginSource,
  options: Readonly<Record<string, unknown>>,
  transports: ReadonlyMap<string, PluginTransport>,
): PluginSpec["specOn"] {
  const specs = new Map<string, TransportSpec>();
  return (kind) => {
    const known = specs.get(kind);
    if (known !== undefined) return known;
    const transport = findTransport(kind, `${path}.transport`, transports);
    const spec = check(optionsOn(transport), { module, options: options[kind] } satisfies TransportOptions, path);
    specs.set(kind, { transport, spec });
    return { transport, spec };
  };
}

function findTransport(kind: string, path: string, transports: ReadonlyMap<string, PluginTransport>): PluginTransport {
  const transport = transports.get(kind);
  if (transport === undefined) {
    throw new TypeError(
      `${path}: there is no transport "${kind}"; there are ${[...transports.keys()].sort().join(", ")}`,
    );
  }
  return transport;
}
