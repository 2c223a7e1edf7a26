/** Plugins that are executables, from the node's side: what they are told, and where their metrics are. */
import { appendFileSync, copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { medianHandshake } from "../../../src/loop/handshakes.ts";
import { createPorts } from "../../../src/node/plugins/ports.ts";
import { until } from "../../../src/testing/until.ts";
import { writeCommand } from "../commands.ts";
import { createWorld } from "../support.ts";

const median = new URL("../../../src/plugins/median/plugin.ts", import.meta.url);
const simulated = new URL("../../../src/plugins/simulated/plugin.ts", import.meta.url);

describe("a plugin that is an executable", () => {
  it("runs a feed, and gets the node's environment: which setting overrides which", async () => {
    await using world = await createWorld();
    const command = writeCommand(world.folder, "median", median);
    writeFileSync(
      join(world.folder, "median.env"),
      "ONLY_FILE=file\nCL_TELEMETRY_LOG_LEVEL=file\nBOTH=file\nPLUGIN_MIN_PORT=1\nCL_PROMETHEUS_PORT=1\n",
    );
    appendFileSync(
      world.configFile,
      '[plugins."median.widget"]\nenv = { BOTH = "config", CL_APP_ID = "config", PLUGIN_MAX_PORT = "1" }\n[LOOPP]\nGRPCServerMaxRecvMsgSize = "5mb"\n',
    );
    const env = { CL_MEDIAN_CMD: command.path, CL_MEDIAN_ENV: join(world.folder, "median.env") };
    await using node = await world.start([], undefined, env);
    await until("the chain has an answer", () => world.transmissions().length > 0);
    expect(node.runtime.plugin("median.widget").status).toMatchObject({
      transport: "process",
      pid: expect.any(Number),
    });
    const [told = {}] = command.environments();
    expect(told).toMatchObject({
      ONLY_FILE: "file",
      // The node's before the env file's, and before both what is written for the plugin.
      CL_TELEMETRY_LOG_LEVEL: "info",
      BOTH: "config",
      CL_APP_ID: "config",
      CL_GRPC_SERVER_MAX_RECV_MSG_SIZE: "5000000",
      CL_MERCURY_TRANSMITTER_TRANSMIT__QUEUE_MAX_SIZE: "0",
      // go-plugin's own before all: with others, no plugin starts.
      [medianHandshake.cookieKey]: medianHandshake.cookieValue,
      PLUGIN_PROTOCOL_VERSIONS: "0",
      PLUGIN_MIN_PORT: "10000",
      PLUGIN_MAX_PORT: "25000",
    });
    expect(Number(told.CL_PROMETHEUS_PORT)).toBeGreaterThan(1024);
  });

  it("built with this project serves its metrics where the node looks for those of foreign plugins", async () => {
    await using world = await createWorld();
    const command = writeCommand(world.folder, "median", median);
    await using node = await world.start([], undefined, { CL_MEDIAN_CMD: command.path });
    await until("the chain has an answer", () => world.transmissions().length > 0);
    const url = `http://127.0.0.1:${node.http.port}/plugins/median.widget/metrics`;
    const answer = await fetch(url, { headers: { accept: "application/openmetrics-text; version=1.0.0" } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toContain("application/openmetrics-text");
    expect(await answer.text()).toMatch(/grpc_server_handled_total\{[^}]*grpc_method="Observation"[^}]*\} [1-9]/);
    expect(await (await fetch(url)).text()).toContain("process_resident_memory_bytes");
  });

  it("takes a port that is written for it, and none that cannot be one", async () => {
    await using world = await createWorld();
    const write = (port: string) =>
      appendFileSync(world.configFile, `[plugins."median.widget"]\nenv = { CL_PROMETHEUS_PORT = "${port}" }\n`);
    const env = { CL_MEDIAN_CMD: "sh" };
    const before = readFileSync(world.configFile, "utf8");
    for (const port of ["0", "http", "65536", ""]) {
      write(port);
      await expect(world.start([], undefined, env)).rejects.toThrow(
        `plugins.median.widget.env.CL_PROMETHEUS_PORT: Expected a port from 1 to 65535, got "${port}"`,
      );
      writeFileSync(world.configFile, before);
    }
    await using ports = createPorts();
    const port = await ports.take();
    write(String(port));
    const command = writeCommand(world.folder, "median", median);
    await using node = await world.start([], undefined, { CL_MEDIAN_CMD: command.path });
    expect(command.environments()[0]?.CL_PROMETHEUS_PORT).toBe(String(port));
    const own = await fetch(`http://127.0.0.1:${port}/metrics`);
    expect(own.status).toBe(200);
    const through = await fetch(`http://127.0.0.1:${node.http.port}/plugins/median.widget/metrics`);
    expect(through.status).toBe(200);
  });

  it("keeps its port for all its instances, and shares it with no other plugin", async () => {
    await using world = await createWorld();
    copyFileSync(world.jobFile, join(world.folder, "other.toml"));
    const other = '[[Simulated]]\nChainID = "7"\n';
    appendFileSync(world.configFile, other);
    const command = writeCommand(world.folder, "median", median);
    const chain = writeCommand(world.folder, "simulated", simulated);
    const env = { CL_MEDIAN_CMD: command.path, CL_SIMULATED_CMD: chain.path };
    await using node = await world.start([], undefined, env);
    const ports = (found: Record<string, string>[]) => found.map(({ CL_PROMETHEUS_PORT: port }) => port);
    const plugin = node.runtime.plugin("median.widget");
    for (const generation of [2, 3]) {
      process.kill(plugin.status.pid ?? 0, "SIGKILL");
      await until(
        `the plugin was started ${generation} times`,
        () => plugin.state === "ready" && plugin.status.generation === generation,
      );
    }
    expect(command.environments()).toHaveLength(3);
    expect(new Set(ports(command.environments())).size).toBe(1);
    const all = new Set([...ports(command.environments()), ...ports(chain.environments())]);
    expect(all.size).toBe(3);
  });
});
