/**
 * Ports that the node gives to its plugins. A plugin keeps its port for all its instances, so nothing else may get it between two of
 * them: not another plugin, not another node on this machine, and not a connection that the system picks a port for.
 */
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:net";

export interface Ports extends AsyncDisposable {
  /** Reserves a free port until the end. @throws Error when there is none */
  take(): Promise<number>;
}

/** Ports per block. The node that has a block listens on its first port, which is never given out. */
const blockSize = 64;
/** Above those that go-plugin gives to plugins on TCP. */
const leastPort = 25_024;
/** Used where the system does not tell the first port that it picks by itself. */
const usualLimit = 32_768;

export function createPorts(): Ports {
  /** The server that holds each block, by the block's first port. */
  const blocks = new Map<number, Server>();
  const taken = new Set<number>();

  /** The next port of one of this node's blocks that is neither given out nor in use. */
  async function findIn(block: number): Promise<number | undefined> {
    for (let port = block + 1; port < block + blockSize; port++) {
      if (taken.has(port)) continue;
      // Before the probe answers: there may be another `take` under way.
      taken.add(port);
      const probe = await listen(port, undefined);
      if (probe === undefined) {
        taken.delete(port);
        continue;
      }
      await closed(probe);
      return port;
    }
    return undefined;
  }

  async function findInNewBlock(): Promise<number> {
    const count = Math.max(0, Math.floor((limit() - leastPort) / blockSize));
    const first = Math.floor(Math.random() * count);
    for (let turn = 0; turn < count; turn++) {
      const block = leastPort + ((first + turn) % count) * blockSize;
      if (blocks.has(block)) continue;
      const holder = await listen(block, "127.0.0.1");
      if (holder === undefined) continue;
      holder.unref();
      blocks.set(block, holder);
      const port = await findIn(block);
      if (port !== undefined) return port;
    }
    throw new Error(`Cannot find a free port for a plugin from ${leastPort} to ${limit()}`);
  }

  return {
    async take() {
      for (const block of blocks.keys()) {
        const port = await findIn(block);
        if (port !== undefined) return port;
      }
      return findInNewBlock();
    },
    async [Symbol.asyncDispose]() {
      const holders = [...blocks.values()];
      blocks.clear();
      taken.clear();
      await Promise.all(holders.map(closed));
    },
  };
}

/** The first port that the system picks for connections by itself. */
function limit(): number {
  try {
    const [low] = readFileSync("/proc/sys/net/ipv4/ip_local_port_range", "utf8").split(/\s+/).map(Number);
    return low !== undefined && low > leastPort + blockSize ? low : usualLimit;
  } catch {
    return usualLimit;
  }
}

/** @param host `undefined` for all addresses, as plugins listen */
function listen(port: number, host: string | undefined): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", () => resolve(undefined));
    server.listen({ port, ...(host === undefined ? {} : { host }), exclusive: true }, () => resolve(server));
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
