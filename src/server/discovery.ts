/**
 * `GET /discovery`: where Prometheus finds the node and its plugins, in the format of its `http_sd_configs`. Scraping goes
 * through the node, whatever the plugin's transport.
 *
 * Labels are those of a Chainlink node, and for plugins one more, `plugin`: Prometheus drops labels that begin with two
 * underscores, and without another label the targets' series could not be told apart. The node has no such label, so that it is not
 * taken for a plugin called "node", and the label `plugin` of its own metrics is not renamed to `exported_plugin`.
 */
import { hostname } from "node:os";
import { Hono } from "hono";
import type { Runtime } from "../runtime/create-runtime.ts";
import { hostPort } from "../values/host-port.ts";
import { refuse } from "./answers.ts";

export interface DiscoveryOptions {
  /** The name under which Prometheus reaches the node. @default the address that the server listens on, if it is one; else the machine's name */
  readonly host?: string;
  /** The address that the server listens on. */
  readonly address?: () => string;
  /** The port that the server listens on. */
  readonly port: () => number;
}

export interface DiscoveryTarget {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

export function discoveryRoutes(runtime: Runtime, options: DiscoveryOptions): Hono {
  return new Hono().get("/discovery", (c) => {
    const targets = discoveryTargets([...runtime.plugins.keys()], options);
    // An empty or wrong list would make Prometheus forget every target.
    if (targets === undefined) return refuse(c, 503, "Cannot list the targets: the server is not listening yet");
    return c.json(targets);
  });
}

/** The node first, then the plugins by name; `undefined` while the server's port is not known. */
export function discoveryTargets(plugins: readonly string[], options: DiscoveryOptions): DiscoveryTarget[] | undefined {
  const port = options.port();
  if (!Number.isInteger(port) || port <= 0) return undefined;
  const targets = [hostPort(discoveryHost(options), port)];
  return [
    { targets, labels: { __metrics_path__: "/metrics" } },
    ...[...plugins].sort().map((name) => ({
      targets,
      labels: {
        __meta_plugin_name: name,
        __metrics_path__: `/plugins/${encodeURIComponent(name)}/metrics`,
        plugin: name,
      },
    })),
  ];
}

function discoveryHost({ host, address }: DiscoveryOptions): string {
  if (host !== undefined && host !== "") return host;
  const bound = address?.() ?? "";
  return isSpecific(bound) ? bound : hostname() || "localhost";
}

/** Whether it is one address, not a wildcard for all addresses of the machine. */
function isSpecific(address: string): boolean {
  return address !== "" && address !== "0.0.0.0" && !/^[0:]+$/.test(address);
}
