/** What an embedder writes about plugins, checked at once and completed by defaults. */
import { pathToFileURL } from "node:url";
import { isPluginModule } from "../../transports/guest.ts";
import type { InProcessOptions } from "../../transports/in-process/index.ts";
import {
  anything,
  type Check,
  checkOptions,
  listOf,
  numberFrom,
  recordOf,
  text,
} from "../../transports/options/check.ts";
import { defaultHandshake, type Handshake, type PluginModule } from "../../transports/plugin.ts";
import type { ProcessOptions } from "../../transports/process/index.ts";
import type { PluginSource, PluginTransport } from "../../transports/transport.ts";
import type { WorkerOptions } from "../../transports/worker/index.ts";
import { isRecord } from "../values/record.ts";
import { describe } from "../values/text.ts";
import { type FaultRule, faultRules } from "./faults.ts";
import { defaultRestartPolicy, type RestartPolicy } from "./restart-policy.ts";

export interface PluginOptions {
  /** Where the plugin's code is: a URL or a file's path, or (in-process only) the plugin itself. */
  readonly module?: URL | string | PluginModule;
  /** @default "in-process"; "process" where a command is given and no module */
  readonly transport?: string;
  /** Options for each transport that the plugin may run on, by the transport's kind. */
  readonly options?: {
    readonly "in-process"?: InProcessOptions;
    readonly worker?: WorkerOptions;
    readonly process?: ProcessOptions;
    readonly [kind: string]: unknown;
  };
  /** Handed to the plugin. */
  readonly config?: unknown;
  /** Must equal the plugin's. @default the module's own where it was given as an object, else loopp's */
  readonly handshake?: Handshake;
  /** When to start the plugin again after it ended unasked; `false` for never. */
  readonly restart?: Partial<RestartPolicy> | false;
  /** How to see that the plugin still answers; `false` for not at all. Not asked in-process, where it could not be acted on. */
  readonly health?: Partial<HealthOptions> | false;
  /** @default 60000 */
  readonly startTimeoutMs?: number;
  /** What a plugin is given to end in peace. @default 2000 */
  readonly stopGraceMs?: number;
  /** Deadline of unary calls that name none. @default 30000 */
  readonly callTimeoutMs?: number;
  /** @default 64 MiB */
  readonly maxMessageBytes?: number;
  /** Faults on purpose, to try what happens; see also the plugin's `faults`. @default none */
  readonly faults?: readonly FaultRule[];
}

export interface HealthOptions {
  /** Time from one question to the next. @default 5000 */
  readonly intervalMs: number;
  /** How long an answer may take. @default 2000 */
  readonly timeoutMs: number;
  /** Questions in a row without an answer that end the plugin as "unresponsive". @default 3 */
  readonly misses: number;
}

/** A plugin's options, complete. */
export interface PluginSpec {
  readonly name: string;
  readonly source: PluginSource;
  readonly kind: string;
  readonly transportOptions: Readonly<Record<string, unknown>>;
  readonly config: unknown;
  readonly handshake: Handshake;
  readonly restart: RestartPolicy | undefined;
  readonly health: HealthOptions | undefined;
  readonly startTimeoutMs: number;
  readonly stopGraceMs: number;
  readonly callTimeoutMs: number;
  readonly maxMessageBytes: number | undefined;
  readonly faults: readonly FaultRule[];
}

export type Transports = ReadonlyMap<string, PluginTransport>;

const defaultHealth: HealthOptions = { intervalMs: 5000, timeoutMs: 2000, misses: 3 };

/**
 * @throws TypeError that names the offending option by its path, such as `plugins.greeter.health.misses`
 */
export function parsePlugin(name: string, value: unknown, transports: Transports): PluginSpec {
  const path = `plugins.${name}`;
  // Two of the names that fit are no names but steps in a URL.
  if (!/^[A-Za-z0-9._-]+$/.test(name) || name === "." || name === "..") {
    throw new TypeError(`plugins: ${describe(name)} is no plugin name; use letters, digits, ".", "_" and "-"`);
  }
  const given = checkOptions(value, path, {
    module: pluginSource,
    transport: text,
    options: recordOf(anything),
    config: anything,
    handshake,
    restart: orFalse((inner, at) =>
      checkOptions(inner, at, {
        initialDelayMs: numberFrom(0),
        maxDelayMs: numberFrom(0),
        factor: numberFrom(1),
        jitter: numberFrom(0, 1),
        healthyMs: numberFrom(0),
        maxRestarts: numberFrom(0),
        windowMs: numberFrom(0),
      }),
    ),
    health: orFalse((inner, at) =>
      checkOptions(inner, at, { intervalMs: numberFrom(1), timeoutMs: numberFrom(1), misses: numberFrom(1) }),
    ),
    startTimeoutMs: numberFrom(1),
    stopGraceMs: numberFrom(0),
    callTimeoutMs: numberFrom(1),
    maxMessageBytes: numberFrom(1024),
    faults: faultRules,
  });
  const transportOptions = given.options ?? {};
  for (const kind of Object.keys(transportOptions)) findTransport(kind, `${path}.options.${kind}`, transports);
  const kind = given.transport ?? (given.module === undefined ? "process" : "in-process");
  const spec: PluginSpec = {
    name,
    source: given.module,
    kind,
    transportOptions,
    config: given.config,
    handshake:
      given.handshake ?? (isPluginModule(given.module) ? given.module.handshake : undefined) ?? defaultHandshake,
    restart: given.restart === false ? undefined : { ...defaultRestartPolicy, ...given.restart },
    health: given.health === false ? undefined : { ...defaultHealth, ...given.health },
    startTimeoutMs: given.startTimeoutMs ?? 60_000,
    stopGraceMs: given.stopGraceMs ?? 2000,
    callTimeoutMs: given.callTimeoutMs ?? 30_000,
    maxMessageBytes: given.maxMessageBytes,
    faults: given.faults ?? [],
  };
  parseTransport(spec, kind, transports);
  return spec;
}

/** Finds a transport and what the plugin's options mean there. @throws TypeError */
export function parseTransport(
  { name, source, transportOptions }: PluginSpec,
  kind: string,
  transports: Transports,
): { transport: PluginTransport; spec: unknown } {
  const transport = findTransport(kind, `plugins.${name}.transport`, transports);
  return { transport, spec: transport.parse(source, transportOptions[kind], `plugins.${name}.options.${kind}`) };
}

function findTransport(kind: string, path: string, transports: Transports): PluginTransport {
  const transport = transports.get(kind);
  if (transport === undefined) {
    throw new TypeError(
      `${path}: there is no transport "${kind}"; there are ${[...transports.keys()].sort().join(", ")}`,
    );
  }
  return transport;
}

const pluginSource: Check<URL | PluginModule> = (value, path) => {
  if (value instanceof URL || isPluginModule(value)) return value;
  if (typeof value === "string" && value !== "") return URL.parse(value) ?? pathToFileURL(value);
  throw new TypeError(`${path}: expected a URL, a path or a plugin, got ${describe(value)}`);
};

const handshake: Check<Handshake> = (value, path) => {
  const { cookieKey, cookieValue, protocolVersions } = checkOptions(value, path, {
    cookieKey: text,
    cookieValue: text,
    protocolVersions: listOf(numberFrom(0)),
  });
  if (
    cookieKey === undefined ||
    cookieValue === undefined ||
    protocolVersions === undefined ||
    protocolVersions.length === 0
  ) {
    throw new TypeError(`${path}: expected cookieKey, cookieValue and at least one of protocolVersions`);
  }
  return { cookieKey, cookieValue, protocolVersions };
};

function orFalse<T>(check: Check<T>): Check<T | false> {
  return (value, path) => {
    if (value === false) return false;
    if (!isRecord(value)) throw new TypeError(`${path}: expected an object or false, got ${describe(value)}`);
    return check(value, path);
  };
}
