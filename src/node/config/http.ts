/** The node's HTTP server: `[http]` of the config file, and the variables that belong to it. */
import { resolve } from "node:path";
import { flag, hostName, nonEmptyString, whole } from "../../settings/fields.ts";
import { collect, type Origin } from "../../settings/mistakes.ts";
import { listOf, table, type ValueOf } from "../../settings/schema.ts";
import { readConfigText } from "../../settings/text-file.ts";
import { mistakeAt } from "../../settings/toml.ts";
import { checkVariable, readVariable } from "../../settings/variables.ts";
import { maxPort } from "../../values/port.ts";
import { type Reading, readSection } from "./reading.ts";

export const httpSchema = table({
  host: hostName().optional(),
  port: whole(0, maxPort).optional(),
  hosts: listOf(hostName()).optional(),
  adminTokenFile: nonEmptyString("a path").optional(),
  adminLocal: flag().optional(),
  maxConnections: whole(1, 100_000).optional(),
});

export interface HttpConfig {
  readonly host: string;
  readonly port: number;
  /** Host names that lead to this node, beside addresses and localhost, where it listens on loopback. */
  readonly hosts: readonly string[];
  /** What must be sent to give orders to plugins. A secret. Absent: only requests from this machine may. */
  readonly adminToken?: string;
  /** Whether requests from this machine may give orders without it. */
  readonly adminLocal: boolean;
  /** Connections at a time. */
  readonly maxConnections: number;
  /** Host name that `/discovery` publishes. Absent: the address that the server listens on. */
  readonly discoveryHost?: string;
}

const defaults = {
  host: "127.0.0.1",
  port: 6688,
  hosts: [] as readonly string[],
  adminLocal: true,
  maxConnections: 256,
};

export function readHttp(
  reading: Reading,
  section: ValueOf<typeof httpSchema> = {},
  flags: { readonly httpHost?: string; readonly httpPort?: number },
): HttpConfig {
  const { adminTokenFile, ...written } = section;
  const values = readSection(reading, "http", written, defaults, { host: flags.httpHost, port: flags.httpPort });
  const config = { ...values, ...readToken(reading, adminTokenFile), ...readDiscoveryHost(reading) };
  if (
    !config.adminLocal &&
    config.adminToken === undefined &&
    (adminTokenFile ?? readVariable(reading.env, tokenVariable)) === undefined
  ) {
    const message = `There is no admin token, so no request could give orders: add adminTokenFile, or set ${tokenVariable}`;
    reading.mistakes.push(mistakeAt(reading.document, ["http", "adminLocal"], message));
  }
  return config;
}

function readDiscoveryHost({ env, origins, mistakes }: Reading): Pick<HttpConfig, "discoveryHost"> {
  const variable = "CL_PROMETHEUS_DISCOVERY_HOSTNAME";
  const discoveryHost = checkVariable(env, variable, hostName(), mistakes);
  if (discoveryHost === undefined) return {};
  origins.set("http.discoveryHost", { kind: "environment", variable });
  return { discoveryHost };
}

const tokenVariable = "CL_LOOPP_ADMIN_TOKEN";

/** Short ones can be guessed. */
const leastTokenLength = 16;

/** The variable overrides the file. No mistake shows any of the token. */
function readToken(
  { document, directory, env, origins, mistakes }: Reading,
  file: string | undefined,
): Pick<HttpConfig, "adminToken"> {
  const inVariable = readVariable(env, tokenVariable);
  const origin: Origin =
    inVariable === undefined
      ? document.originOf(["http", "adminTokenFile"])
      : { kind: "environment", variable: tokenVariable };
  const text =
    inVariable ??
    (file === undefined ? undefined : collect(mistakes, () => readConfigText(resolve(directory, file), file)));
  if (text === undefined) return {};
  const adminToken = text.trim();
  if (!/^[\x21-\x7e]+$/.test(adminToken) || adminToken.length < leastTokenLength) {
    const message = `The admin token must have at least ${leastTokenLength} characters, all of them printable ASCII without blanks: make one with "openssl rand -hex 32"`;
    mistakes.push({ origin, key: inVariable === undefined ? "http.adminTokenFile" : "", message });
    return {};
  }
  origins.set("http.adminToken", origin);
  return { adminToken };
}
