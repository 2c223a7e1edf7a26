/** Requests by way of a proxy, a real one, that takes the names it is asked for to servers on this machine. */
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { connect, type Socket } from "node:net";
import { hostname } from "node:os";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { parsePipeline } from "../../src/pipeline/parse.ts";
import { runPipeline } from "../../src/pipeline/run.ts";
import { createRunSettings } from "../../src/pipeline/run-settings.ts";
import { until } from "../../src/testing/until.ts";

/** Of a server that nobody trusts. */
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgh7LPfcs5usQCcqKP
ssTgihD9sjpTO7e4chbxPOPO3MOhRANCAASjfZUqu/DXOJcS7C2bAj2zhzlEklUB
+sw5QGvtea6ZqcHYqUmusx8fvXGde/rfIt55HzYXtQ31RMO9ZCiY1UQC
-----END PRIVATE KEY-----
`;
const cert = `-----BEGIN CERTIFICATE-----
MIIBgjCCASmgAwIBAgIUEW9JV7X+cqlmeum7p8PjbIbyhpcwCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLcHJpY2VzLnRlc3QwIBcNMjYxMTMwMTgxMTA3WhgPMjEyNjEx
MDYxODExMDdaMBYxFDASBgNVBAMMC3ByaWNlcy50ZXN0MFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAEo32VKrvw1ziXEuwtmwI9s4c5RJJVAfrMOUBr7XmumanB2KlJ
rrMfH71xnXv63yLeeR82F7UN9UTDvWQomNVEAqNTMFEwHQYDVR0OBBYEFLpXvrgU
M/NSKZiN+p7kZWPujzBGMB8GA1UdIwQYMBaAFLpXvrgUM/NSKZiN+p7kZWPujzBG
MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIgPly4sLdbzilJEwlV
/NaijXtRZZyc+E+l9W0dUBoQVasCIC4yI9uuTssXtiLwdebrdBErpyHQvq9S94o1
gJ7bcm/f
-----END CERTIFICATE-----
`;

/** What the proxy is asked for, in order. */
let asked: { readonly what: string; readonly headers: IncomingHttpHeaders }[] = [];
/** What the servers are asked for. */
let served: string[] = [];
/** What has passed through the tunnels towards the servers. */
let sent = "";
const sockets = new Set<Socket>();

const plain = createServer((request, response) => {
  served.push(`${request.method} ${request.headers.host} ${request.url}`);
  if (request.url === "/to-private") return response.writeHead(302, { location: "http://10.0.0.1/" }).end();
  response.end("7");
});
const secure = createSecureServer({ key, cert }).on("tlsClientError", () => {});
const proxy = createServer(({ url = "", headers }, response) => {
  asked.push({ what: url, headers });
  response.end("7.5");
}).on("connect", ({ url = "", headers }, socket) => {
  asked.push({ what: `CONNECT ${url}`, headers });
  socket
    .on("error", () => {})
    .on("data", (bytes: Buffer) => {
      sent += bytes.toString("latin1");
    });
  if (url.startsWith("refused")) return socket.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
  if (url.startsWith("closed")) return socket.end();
  if (url.startsWith("silent")) return socket.on("end", () => asked.push({ what: "gone", headers: {} }));
  if (url.startsWith("broken")) return socket.end("HTTP/1.1 200 OK\r\n\r\n");
  if (url.startsWith("garbage"))
    return socket.write("HTTP/1.1 200 OK\r\n\r\n", () => setTimeout(() => socket.write("7.5 is the price\r\n"), 20));
  const { port } = (url.endsWith(":443") ? secure : plain).address() as { port: number };
  const onward = connect(port, "127.0.0.1", () => socket.write("HTTP/1.1 200 OK\r\n\r\n"));
  onward
    .on("error", () => socket.destroy())
    .pipe(socket)
    .pipe(onward);
});
const servers = [plain, secure, proxy];
let proxyUrl = "";

const portOf = (server: Pick<Server, "address">) => (server.address() as { port: number }).port;
beforeAll(async () => {
  for (const server of servers) {
    server.on("connection", (socket: Socket) => sockets.add(socket));
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  }
  proxyUrl = `http://127.0.0.1:${portOf(proxy)}`;
});
beforeEach(() => {
  asked = [];
  served = [];
  sent = "";
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
});

/** The result of a pipeline of one task, in an environment with the proxy for everything. */
async function run(task: string, variables: Record<string, string> = {}): Promise<string> {
  const environment = createRunSettings({
    bridges: { prices: "http://adapter.example:8080/p" },
    proxyVariables: { HTTP_PROXY: proxyUrl, HTTPS_PROXY: proxyUrl, ...variables },
  });
  const pipeline = parsePipeline(`a [${task}]`);
  const { result } = await runPipeline(pipeline, { environment, variables: {}, timeoutMs: 20_000 });
  return result.error?.message ?? `value ${result.value}`;
}
const free = "allowUnrestrictedNetworkAccess=true";

describe("a task that may reach every address", () => {
  it("asks the proxy for an http URL, with the proxy's password and without those of others", async () => {
    const withUser = { HTTP_PROXY: proxyUrl.replace("http://", "http://user:pass@") };
    const task = `type=http url="http://prices.example/p?q=1#f" headers=<["X-Key", "k"]> ${free}`;
    expect(await run(task, withUser)).toBe("value 7.5");
    expect(asked).toMatchObject([
      {
        what: "http://prices.example/p?q=1",
        headers: {
          host: "prices.example",
          "x-key": "k",
          "proxy-authorization": `Basic ${Buffer.from("user:pass").toString("base64")}`,
        },
      },
    ]);
  });

  it("asks it for a tunnel to an https URL, in which the server's own name is checked", async () => {
    const message = await run(`type=http url="https://prices.example/p" headers=<["X-Key", "k"]> ${free}`);
    expect(message).toMatch(/^Task "a" failed: Cannot request https:\/\/prices\.example\/p: .*certificate/i);
    expect(asked.map(({ what }) => what)).toEqual(["CONNECT prices.example:443"]);
    expect(asked[0]?.headers).not.toHaveProperty("x-key");
    // In the first message of TLS a client names the server that it expects.
    expect(sent).toContain("prices.example");
    expect(sent).not.toContain("x-key");
  });

  it("uses it for adapters too, but never for this machine, nor for what NO_PROXY names", async () => {
    expect(await run("type=bridge name=prices")).toBe("value 7.5");
    expect(asked.map(({ what }) => what)).toEqual(["http://adapter.example:8080/p"]);
    expect(await run(`type=http url="http://127.0.0.1:${portOf(plain)}/x" ${free}`)).toBe("value 7");
    expect(await run(`type=http url="http://localhost:${portOf(plain)}/y" ${free}`)).toBe("value 7");
    const message = await run(`type=http url="http://prices.invalid/" ${free}`, { NO_PROXY: "invalid" });
    expect(message).toContain("Cannot request http://prices.invalid/: ");
    expect(asked).toHaveLength(1);
  });

  it.each([
    ["https://refused.example", "The proxy PROXY answered with status 403 to CONNECT refused.example:443"],
    [
      "https://closed.example",
      "Cannot request https://closed.example/: the connection was closed before an answer came",
    ],
  ])("says of %s what the proxy did", async (url, message) => {
    expect(await run(`type=http url="${url}" ${free}`)).toBe(`Task "a" failed: ${message.replace("PROXY", proxyUrl)}`);
  });

  it.each(["broken", "garbage"])("fails at once when the tunnel is %s", async (host) => {
    const message = await run(`type=http url="https://${host}.example" ${free}`);
    expect(message).toContain(`Cannot request https://${host}.example/: `);
    expect(message).not.toContain("has passed");
  });

  it("waits no longer than its time for a proxy that does not answer, and leaves no connection", async () => {
    const message = await run(`type=http url="https://silent.example" timeout="100ms" ${free}`);
    expect(message).toBe('Task "a" failed: no result within 100 ms');
    await until("the proxy's connection is closed", () => asked.some(({ what }) => what === "gone"));
  });

  it("has the variables of the process where it is given none", async () => {
    vi.stubEnv("HTTP_PROXY", proxyUrl);
    try {
      const environment = createRunSettings({ allowLocalAddresses: true });
      const pipeline = parsePipeline('a [type=http url="http://prices.example/p"]');
      const { result } = await runPipeline(pipeline, { environment, variables: {}, timeoutMs: 20_000 });
      expect(result).toEqual({ value: "7.5" });
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it("says which variable is wrong, without what is in it", async () => {
    const variables = { HTTP_PROXY: "socks5://user:secret@proxy" };
    const message = await run(`type=http url="http://prices.example" ${free}`, variables);
    expect(message).toBe(
      'Task "a" failed: Cannot request http://prices.example/: HTTP_PROXY names a proxy of "socks5:": only http: and https: are supported',
    );
  });
});

describe("a task that must not reach local addresses", () => {
  it("goes through a tunnel to the address that has been checked", async () => {
    expect(await run('type=http url="http://93.184.215.14/p"')).toBe("value 7");
    expect(asked.map(({ what }) => what)).toEqual(["CONNECT 93.184.215.14:80"]);
    expect(served).toEqual(["GET 93.184.215.14 /p"]);
  });

  it.each([
    "http://10.0.0.1/",
    "https://192.168.1.1/",
    "http://169.254.169.254/",
    "http://[fd00::1]/",
    "http://127.0.0.1/",
  ])("does not ask the proxy for %s", async (url) => {
    expect(await run(`type=http url="${url}"`)).toMatch(
      / is a local address; set allowUnrestrictedNetworkAccess="true"/,
    );
    expect(asked).toEqual([]);
  });

  it("does not ask it for a name of a local address, nor for one that cannot be looked up", async () => {
    const local = await run(`type=http url="http://${hostname()}/"`);
    expect(local).toMatch(/ is a local address; set |its name does not resolve here, and so cannot be checked/);
    expect(await run('type=http url="https://prices.invalid/"')).toBe(
      'Task "a" failed: Cannot request https://prices.invalid/: its name does not resolve here, and so cannot be checked before the proxy is asked for it; set allowUnrestrictedNetworkAccess="true" to allow it',
    );
    expect(asked).toEqual([]);
  });
});

it("a redirect that comes through the proxy is checked like the first URL", async () => {
  expect(await run('type=http url="http://93.184.215.14/to-private"')).toContain("10.0.0.1 is a local address");
  expect(asked.map(({ what }) => what)).toEqual(["CONNECT 93.184.215.14:80"]);
});
