/** The environment by which host and plugin process agree: go-plugin's variables, and ours beside them. */
import type { Handshake } from "../plugin.ts";
import { defaultMaxMessageBytes } from "../transport.ts";
import { defaultGrpcTerms, type GrpcTerms, stackNames } from "./grpc.ts";
import type { ProcessSpec } from "./options.ts";

/** What a plugin is given to know of the world, beside what host and plugin agree on. */
export function ownEnvironment({ env, inheritEnv }: Pick<ProcessSpec, "env" | "inheritEnv">): Record<string, string> {
  const inherited = inheritEnv.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(inherited), ...env };
}

/** What a host tells the plugin. */
export interface HostTerms extends GrpcTerms {
  readonly handshake: Handshake;
  readonly socketDirectory: string;
  /** Whether the plugin ends with its host, without doing anything for it. */
  readonly guarded: boolean;
  /** A file with the plugin's config in JSON. The plugin removes it. */
  readonly configFile?: string | undefined;
}

export function writeTerms({
  handshake,
  socketDirectory,
  guarded,
  configFile,
  stack,
  maxMessageBytes,
  maxMetadataBytes,
}: HostTerms): Record<string, string> {
  return {
    [handshake.cookieKey]: handshake.cookieValue,
    PLUGIN_PROTOCOL_VERSIONS: handshake.protocolVersions.join(","),
    // Only for plugins that listen on TCP; go-plugin's defaults.
    PLUGIN_MIN_PORT: "10000",
    PLUGIN_MAX_PORT: "25000",
    PLUGIN_UNIX_SOCKET_DIR: socketDirectory,
    LOOPP_GUARDED: String(guarded),
    LOOPP_STACK: stack,
    LOOPP_MAX_MESSAGE_BYTES: String(maxMessageBytes),
    LOOPP_MAX_METADATA_BYTES: String(maxMetadataBytes),
    ...(configFile === undefined ? {} : { LOOPP_CONFIG_FILE: configFile }),
  };
}

/** What a plugin finds. Under a host that is not ours, only go-plugin's part of it. */
export interface PluginTerms extends GrpcTerms {
  readonly cookie: string | undefined;
  /** Empty under a host that says nothing of versions. */
  readonly hostVersions: readonly number[];
  readonly socketDirectory: string | undefined;
  readonly configFile: string | undefined;
  /** Whether this process ends with its host, without doing anything for it; `undefined` where the host is not ours. */
  readonly guarded: boolean | undefined;
}

/** Reads the terms and takes them out of the environment, so that what the plugin starts does not take itself for one. */
export function takeTerms(handshake: Handshake, env: NodeJS.ProcessEnv = process.env): PluginTerms {
  const terms: PluginTerms = {
    cookie: env[handshake.cookieKey],
    hostVersions: (env.PLUGIN_PROTOCOL_VERSIONS ?? "")
      .split(",")
      .filter((word) => /^\d+$/.test(word))
      .map(Number),
    socketDirectory: env.PLUGIN_UNIX_SOCKET_DIR || undefined,
    configFile: env.LOOPP_CONFIG_FILE,
    guarded: readGuarded(env),
    stack: stackNames.find((name) => name === env.LOOPP_STACK) ?? defaultGrpcTerms.stack,
    maxMetadataBytes: wholeNumber(env.LOOPP_MAX_METADATA_BYTES) ?? defaultGrpcTerms.maxMetadataBytes,
    maxMessageBytes: wholeNumber(env.LOOPP_MAX_MESSAGE_BYTES) ?? largestMessage(env),
  };
  for (const name of Object.keys(env)) {
    if (name === handshake.cookieKey || name.startsWith("PLUGIN_") || name.startsWith("LOOPP_")) delete env[name];
  }
  return terms;
}

/** See {@link PluginTerms}. Can be asked before {@link takeTerms}. */
export function readGuarded({ LOOPP_GUARDED: guarded }: NodeJS.ProcessEnv): boolean | undefined {
  return guarded === undefined ? undefined : guarded === "true";
}

/** A host of Chainlink's may ask for more than the 4 MiB that its own plugins take; here that only counts beyond the default. */
function largestMessage(env: NodeJS.ProcessEnv): number {
  const asked = wholeNumber(env.CL_GRPC_SERVER_MAX_RECV_MSG_SIZE) ?? 0;
  return Math.min(Math.max(asked, defaultMaxMessageBytes), 2 ** 31 - 1);
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
