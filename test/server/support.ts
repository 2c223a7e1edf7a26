/** A node's HTTP interface for tests: a real runtime with real plugins, and a real server on a free port. */
import { connect } from "node:net";
import { createRuntime, type PluginOptions, type Runtime } from "../../src/index.ts";
import { createHostMetrics, type HostMetrics } from "../../src/observability/host-metrics.ts";
import { createScraper, type ScrapeSource } from "../../src/observability/scrape.ts";
import { type AppOptions, createApp } from "../../src/server/app.ts";
import { type HttpServer, serveHttp } from "../../src/server/serve.ts";

export const conformanceModule = new URL("../../src/testing/conformance/conformance.plugin.ts", import.meta.url);

export interface TestNode extends AsyncDisposable {
  readonly runtime: Runtime;
  readonly metrics: HostMetrics;
  readonly server: HttpServer;
  readonly url: string;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Response>;
}

export interface TestNodeOptions extends Partial<Omit<AppOptions, "runtime" | "metrics" | "scraper">> {
  readonly plugins: Record<string, PluginOptions>;
  readonly autoStart?: boolean;
  readonly scrapeOf?: (plugin: string) => ScrapeSource;
  /** What it listens on. @default "127.0.0.1" */
  readonly host?: string;
}

export async function createNode({
  plugins,
  autoStart,
  scrapeOf,
  host = "127.0.0.1",
  ...app
}: TestNodeOptions): Promise<TestNode> {
  const metrics = createHostMetrics();
  const runtime = await createRuntime({
    plugins,
    autoStart: autoStart ?? true,
    onLog: () => {},
    onState: metrics.observeState,
    onCall: metrics.observeCall,
  });
  const scraper = createScraper({ metrics, ...(scrapeOf === undefined ? {} : { scrapeOf }) });
  let server: HttpServer | undefined;
  const discovery = { address: () => server?.host ?? "", port: () => server?.port ?? 0 };
  server = await serveHttp(createApp({ discovery, ...app, runtime, metrics, scraper }), { host, port: 0 });
  const listening = server;
  const url = `http://127.0.0.1:${server.port}`;
  return {
    runtime,
    metrics,
    server,
    url,
    get: (path, headers = {}) => fetch(`${url}${path}`, { headers }),
    post: (path, body, headers = {}) =>
      fetch(`${url}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      }),
    async [Symbol.asyncDispose]() {
      await listening.close();
      await runtime.close();
    },
  };
}

/** Sends bytes as they are, and returns what comes back until the server ends the connection or has answered. */
export function sendRaw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    let answer = "";
    const done = () => {
      socket.destroy();
      resolve(answer);
    };
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => {
      answer += chunk;
      if (answer.includes("\r\n\r\n")) done();
    });
    socket.on("end", done);
    socket.on("close", done);
    socket.on("error", (error: NodeJS.ErrnoException) => (error.code === "ECONNRESET" ? done() : reject(error)));
  });
}
