/** Where a host wants to fetch a plugin's metrics over HTTP, if it does. A loopp host asks over RPC instead. */

/** As given in the environment, unchecked. */
export interface MetricsAddress {
  /** A name or an address. */
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: string;
}

/**
 * Chainlink's hosts set `CL_PROMETHEUS_PORT`. Chainlink's plugins listen on all addresses; this one listens on loopback, unless
 * `CL_PROMETHEUS_HOST` names another address.
 */
export function metricsAddress(env: NodeJS.ProcessEnv): MetricsAddress | undefined {
  const { CL_PROMETHEUS_PORT: port, CL_PROMETHEUS_HOST: host } = env;
  return port === undefined || port === "" ? undefined : { host: host || "127.0.0.1", port };
}
