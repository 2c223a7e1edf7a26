/**
 * A custom transport: the plugin is a process that is reached over TCP. This file is both ends of it: the host imports it,
 * and the plugin's process runs it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import {
  createStreamChannel,
  LaunchError,
  launchOverLink,
  moduleOptions,
  numberFrom,
  object,
  type PluginExit,
  type PluginTransport,
  serveOverLink,
} from "../../src/transports.ts";

export interface TcpSpec {
  readonly module: URL;
  /** Where the host waits for its plugin. @default any free port */
  readonly port?: number;
}

const tcp: PluginTransport<TcpSpec> = {
  kind: "tcp",
  capabilities: {
    boundary: "process",
    preemptible: true,
    memoryLimit: false,
    crossLanguage: false,
    capturesConsole: true,
  },
  options: moduleOptions("a plugin over TCP", object({ port: numberFrom(0, 65_535) })),
  async launch({ module, port = 0 }, launch) {
    const token = randomUUID();
    const server = createServer();
    let child: ChildProcess | undefined;
    try {
      await once(server.listen(port, "127.0.0.1"), "listening");
      child = startPlugin({ ...(server.address() as AddressInfo), token });
      const { ended, kill } = watch(child);
      const socket = await Promise.race([
        firstCallWith(token, server, launch.signal),
        ended.then(() => Promise.reject(new Error("the plugin's process ended before it called"))),
      ]);
      return await launchOverLink({ channel: createStreamChannel(socket), module, ended, destroy: kill }, launch);
    } catch (error) {
      child?.kill("SIGKILL");
      throw error instanceof LaunchError ? error : new LaunchError("launch-failed", String(error), { cause: error });
    } finally {
      server.close();
    }
  },
};
export default tcp;

interface Place {
  readonly address: string;
  readonly port: number;
  /** Anybody on this machine may call; only the plugin knows this. */
  readonly token: string;
}

function startPlugin(place: Place): ChildProcess {
  const run = "Deno" in globalThis ? ["run", "--allow-all", "--no-lock"] : [];
  return spawn(process.execPath, [...run, fileURLToPath(import.meta.url)], {
    env: { ...process.env, TCP_PLUGIN_PLACE: JSON.stringify(place) },
    stdio: "ignore",
  });
}

function watch(child: ChildProcess) {
  const ended = once(child, "exit").then(([code, signal]): Partial<PluginExit> => {
    if (code === 0) return { reason: "clean" };
    return { reason: "crashed", ...(code === null ? { signal } : { code }) };
  });
  const kill = () => {
    child.kill("SIGKILL");
    return ended;
  };
  return { ended, kill };
}

function firstCallWith(token: string, server: Server, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    server.on("connection", (socket) => {
      socket.on("error", () => {});
      socket.once("readable", () => {
        if (socket.read(token.length)?.toString() === token) resolve(socket);
        else socket.destroy();
      });
    });
  });
}

/** The plugin's end: calls the host, and is a plugin until the host ends it or is gone. */
async function servePlugin({ address, port, token }: Place): Promise<never> {
  const socket = connect(port, address);
  socket.write(token);
  await serveOverLink(createStreamChannel(socket), { pid: process.pid });
  process.exit();
}

const place = process.env.TCP_PLUGIN_PLACE;
delete process.env.TCP_PLUGIN_PLACE;
if (place !== undefined) void servePlugin(JSON.parse(place));
