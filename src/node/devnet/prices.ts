/** Sample data: a recorded series of prices, served over HTTP as three sources that each have their own JSON. */
import { createServer, type Server } from "node:http";

/** Prices of a made-up coin, one for each tick. */
const series: readonly string[] = (
  "12.34 12.36 12.41 12.39 12.44 12.52 12.49 12.47 12.55 12.61 12.58 12.63 12.70 12.66 12.59 12.64 " +
  "12.71 12.69 12.74 12.81 12.77 12.72 12.68 12.73 12.65 12.57 12.60 12.52 12.46 12.49 12.42 12.38"
).split(" ");

const tickMs = 2000;

export interface PriceServer extends AsyncDisposable {
  readonly url: string;
}

/** Source `b` is one tick behind, and the ask of source `c` is 0.02 above its bid. */
export async function servePrices(now: () => number = () => performance.now()): Promise<PriceServer> {
  const begin = now();
  const at = (delayTicks: number) => {
    const tick = Math.max(0, Math.floor((now() - begin) / tickMs) - delayTicks);
    return series[tick % series.length] ?? "0";
  };
  const routes: Readonly<Record<string, () => string>> = {
    "/a/widget": () => `{"data":{"price":${at(0)}}}`,
    "/b/ticker": () => `{"last":"${at(1)}"}`,
    "/c/quotes": () => `{"quotes":[{"bid":${at(0)},"ask":${(Number(at(0)) + 0.02).toFixed(2)}}]}`,
    "/link": () => `{"price":"0.0041"}`,
  };
  const server = createServer((request, response) => {
    const body = routes[request.url ?? ""]?.();
    response.writeHead(body === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(body ?? '{"error":"there is no such price"}');
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (typeof address === "object" && address !== null) resolve(address.port);
      else reject(new Error("Cannot serve sample prices: the system gave no port"));
    });
  });
}
