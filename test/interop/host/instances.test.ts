/** The instances of our plugins under Chainlink's own host code: how they end and what does not end them, their logs, their metrics. */
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, it } from "vitest";
import { until } from "../../../src/testing/until.ts";
import { isRunning } from "../../transports/support.ts";
import { peer } from "../peers.ts";
import { describePeer } from "../support.ts";
import { freePort, hosts, runHost, served, stepOf } from "./support.ts";

/** As pkg/loop writes them. */
interface HostLogLine {
  readonly level: string;
  readonly msg: string;
  readonly logger?: string;
  readonly caller?: string;
}

function logOf(stderr: string): readonly HostLogLine[] {
  return stderr.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line)] : []));
}

for (const host of hosts) {
  describePeer(host, "the instances of our median plugin", () => {
    it("end and go on as those of chainlink-feeds do: interrupted, hung up on, terminated, asked to end", async () => {
      const feeds = await peer("chainlink-feeds");
      const [ours, theirs] = await Promise.all([
        runHost(host, "goodbye", served("median")),
        runHost(host, "goodbye", [feeds]),
      ]);
      expect(ours.lines).toEqual(theirs.lines);
      expect(ours.lines).toContain("exit status: exit status 0");
      expect(ours.lines.at(-1)).toBe("instances: 3");
    });

    it("are gone at once when they are asked to end, also by a host that asks twice and kills when it hears of the first", async () => {
      const { lines, stderr } = await runHost(host, "twice", served("median"), { flags: ["-logs"] });
      const ends = lines.filter((line) => stepOf(line) === "exit status");
      expect(ends).toEqual(Array(10).fill("exit status: exit status 0"));
      expect(lines).toContain("directories left: 0");
      expect(logOf(stderr).filter(({ level }) => level === "error")).toEqual([]);
    });

    it("begin with nothing in the environment, and with what is wrong in it", async () => {
      const lines = ["launch: ok", "ping: ok", "ping at the end: ok", "exit status: exit status 0"];
      const nowhere = "/dev/null/nowhere";
      const env = { TMPDIR: nowhere, HOME: nowhere, XDG_RUNTIME_DIR: nowhere, CL_PROMETHEUS_PORT: "none" };
      const [bare, wrong] = await Promise.all([
        runHost(host, "serving", served("median"), { flags: ["-bare"] }),
        runHost(host, "serving", served("median"), { env, flags: ["-logs"] }),
      ]);
      expect(bare.lines).toEqual(lines);
      expect(wrong.lines).toEqual(lines);
      expect(logOf(wrong.stderr)).toContainEqual(
        expect.objectContaining({
          level: "error",
          msg: "Cannot serve metrics",
          error: 'CL_PROMETHEUS_PORT is "none", it must be a whole number from 0 to 65535',
        }),
      );
    });

    it("are logged under their names, at their levels, and with what plugins write to the standard streams", async () => {
      const chatty = new URL("./chatty.plugin.ts", import.meta.url);
      // They come over go-plugin's stream, which this host writes out as it is.
      const streamed = ["stdout later", "stderr later"];
      const { stderr } = await runHost(host, "serving", served(chatty), {
        flags: ["-logs"],
        meanwhile: ({ stderr: said }) =>
          until("the host has written what the plugin wrote", () =>
            streamed.every((text) => said().split("\n").includes(text)),
          ),
      });
      const log = logOf(stderr);
      const named = log.filter(({ logger = "" }) => /(^|\.)PluginChatty\.Part$/.test(logger));
      expect(named.map(({ level, msg }) => [level, msg])).toEqual([
        ["debug", "at debug"],
        ["info", "at info"],
        ["warn", "at warn"],
        ["error", "at error"],
      ]);
      // Theirs is `file.go:line`. The host's own caller stands before it in the line, under the same name.
      for (const { caller } of named) expect(caller).toMatch(/^host\/chatty\.plugin\.ts:\d+$/);
      expect(named[0]).toMatchObject({ number: 1, deep: { a: [1] }, timestamp: expect.stringMatching(/^20/) });
      const messages = log.map(({ msg }) => msg);
      for (const place of ["console", "stdout"]) {
        expect(messages).toContain(`${place} at import`);
        expect(messages).toContain(`${place} before the handshake`);
      }
      expect(messages).toContain("console later");
      expect(messages).toContain('{"@level":7,"@message":{}}');
    });

    it("serve their metrics where the host says, and nothing else", async () => {
      const port = await freePort();
      const { stderr } = await runHost(host, "serving", served("median"), {
        env: { CL_PROMETHEUS_PORT: String(port) },
        flags: ["-logs"],
        async meanwhile() {
          const metrics = await fetch(`http://localhost:${port}/metrics`);
          expect(metrics.status).toBe(200);
          expect(metrics.headers.get("content-type")).toContain("text/plain; version=0.0.4");
          const text = await metrics.text();
          expect(text).toContain('grpc_server_handled_total{grpc_type="unary",grpc_service="grpc.health.v1.Health"');
          expect(text).toContain("\nprocess_resident_memory_bytes ");
          const open = await fetch(`http://localhost:${port}/metrics`, {
            headers: { accept: "application/openmetrics-text; version=1.0.0" },
          });
          expect(open.headers.get("content-type")).toContain("application/openmetrics-text");
          expect(await open.text()).toMatch(/# EOF\n$/);
          for (const path of ["/", "/debug/pprof/", "/metrics/more"]) {
            expect((await fetch(`http://localhost:${port}${path}`)).status).toBe(404);
          }
        },
      });
      await expect(fetch(`http://127.0.0.1:${port}/metrics`)).rejects.toThrow();
      // Chainlink's plugins name each of their lines after themselves.
      const first = logOf(stderr).find(({ msg }) => msg === "Serves metrics");
      expect(first).toMatchObject({ level: "debug", logger: expect.stringMatching(/(^|\.)PluginMedian$/), port });
    });

    it("end with a host that is killed", async () => {
      let plugin = 0;
      const run = runHost(host, "serving", served("median"), {
        flags: ["-logs"],
        async meanwhile({ pid, stderr }) {
          plugin = Number(/"msg":"plugin started".*"pid":(\d+)/.exec(stderr())?.[1]);
          expect(isRunning(plugin)).toBe(true);
          process.kill(pid, "SIGKILL");
        },
      });
      await expect(run).rejects.toThrow("The host ended with null");
      await until("the plugin is gone", () => !isRunning(plugin));
    });

    it("go on when the port of the metrics is in use, and say so", async () => {
      const taken = createServer().listen(0, "127.0.0.1");
      try {
        await once(taken, "listening");
        const { port } = taken.address() as AddressInfo;
        const env = { CL_PROMETHEUS_PORT: String(port) };
        const { lines, stderr } = await runHost(host, "serving", served("median"), { env, flags: ["-logs"] });
        expect(lines).toContain("ping at the end: ok");
        const complaint = { level: "error", msg: "Cannot serve metrics", port: String(port) };
        expect(logOf(stderr)).toContainEqual(expect.objectContaining(complaint));
      } finally {
        taken.close();
      }
    });
  });
}
