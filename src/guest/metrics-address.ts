/** Where a host wants to fetch a plugin's metrics over HTTP, if it does. Hosts of ours ask over their connection. */

/** As the environment has it, unchecked. */
export interface MetricsAddress {
  /** A name or an address. */
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: string;
}

/**
 * Chainlink's hosts set `CL_PROMETHEUS_PORT`. Their own plugins listen on all addresses; here only this machine is let in, unless
 * `CL_PROMETHEUS_HOST` asks for more.
 */
export function metricsAddress(env: NodeJS.ProcessEnv): MetricsAddress | undefined {
  const { CL_PROMETHEUS_PORT: port, CL_PROMETHEUS_HOST: host } = env;
  return port === undefined || port === "" ? undefined : { host: host || "127.0.0.1", port };
}
