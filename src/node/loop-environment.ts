/**
 * The environment that Chainlink's plugins expect of their node. Theirs exit at start without a port for their metrics, and
 * newer ones without two settings of a product that need not be in use; zero stands for "not set" in all versions.
 */
import { createServer } from "node:net";

export async function loopEnvironment(): Promise<Record<string, string>> {
  return {
    CL_PROMETHEUS_PORT: String(await freePort()),
    CL_MERCURY_TRANSMITTER_TRANSMIT__QUEUE_MAX_SIZE: "0",
    CL_MERCURY_TRANSMITTER_TRANSMIT_CONCURRENCY: "0",
    CL_TRACING_ENABLED: "false",
    CL_TELEMETRY_ENABLED: "false",
  };
}

/** A port that nobody listens on now. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        if (typeof address === "object" && address !== null) resolve(address.port);
        else reject(new Error("Cannot find a free port: the system gave none"));
      });
    });
  });
}
