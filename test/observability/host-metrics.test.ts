import { describe, expect, it } from "vitest";
import type { PluginState, PluginStatus, StateChange } from "../../src/index.ts";
import { createHostMetrics } from "../../src/observability/host-metrics.ts";
import { readSamples, valuesBy } from "./support.ts";

const status = (state: PluginState, generation = 1): PluginStatus => ({
  name: "feed",
  transport: "worker",
  state,
  generation,
  restarts: 0,
  since: new Date(0).toISOString(),
});

const change = (from: PluginState, to: PluginState, more: Partial<StateChange> = {}): StateChange => ({
  plugin: "feed",
  from,
  to,
  transport: "worker",
  generation: 1,
  ...more,
});

async function read(metrics: ReturnType<typeof createHostMetrics>, series: string, now: PluginStatus) {
  const { body } = await metrics.collect("", [now]);
  return body
    .split("\n")
    .find((line) => line.startsWith(`${series} `))
    ?.slice(series.length + 1);
}

describe("the host's metrics", () => {
  it("count a restart by the reason of the end before it, and a launch that failed as one", async () => {
    const metrics = createHostMetrics();
    const exit = { reason: "out-of-memory", lastStderr: [] } as const;
    for (const one of [
      change("stopped", "starting"),
      change("starting", "ready"),
      change("ready", "backing-off", { exit }),
      change("backing-off", "starting"),
      change("starting", "backing-off", { message: "no such file" }),
      change("backing-off", "starting"),
      change("starting", "ready", { generation: 3 }),
      // Asked for, so no restart.
      change("ready", "stopping"),
      change("stopping", "stopped"),
      change("stopped", "starting"),
      change("starting", "ready", { generation: 4 }),
    ]) {
      metrics.observeState(one);
    }
    const now = status("ready", 4);
    const restarts = (reason: string) => `loopp_plugin_restarts_total{plugin="feed",reason="${reason}"}`;
    expect(await read(metrics, restarts("out-of-memory"), now)).toBe("1");
    expect(await read(metrics, restarts("launch-failed"), now)).toBe("1");
  });

  it("keep the start time of an instance, and take a new one for an instance that came without a change of state", async () => {
    const metrics = createHostMetrics();
    const series = 'loopp_plugin_start_time_seconds{plugin="feed"}';
    metrics.observeState(change("starting", "ready"));
    const first = Number(await read(metrics, series, status("ready")));
    expect(Math.abs(first - Date.now() / 1000)).toBeLessThan(60);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(Number(await read(metrics, series, status("degraded")))).toBe(first);
    expect(Number(await read(metrics, series, status("ready", 2)))).toBeGreaterThan(first);
    expect(await read(metrics, series, status("backing-off", 2))).toBeUndefined();
  });

  it("are the same in both formats, in any order and at once", async () => {
    const metrics = createHostMetrics();
    metrics.observeScrape("feed", 0.02, "failed");
    const formats = ["application/openmetrics-text", "", "application/openmetrics-text", "text/plain"];
    const texts = await Promise.all(formats.map((accept) => metrics.collect(accept, [status("ready")])));
    for (const [index, { contentType, body }] of texts.entries()) {
      const open = formats[index]?.includes("openmetrics") ?? false;
      expect(contentType.startsWith("application/openmetrics-text")).toBe(open);
      expect(body.endsWith("# EOF\n")).toBe(open);
      expect(body).toContain('loopp_plugin_scrape_failures_total{plugin="feed",reason="failed"} 1');
      expect(body).toContain(`# TYPE loopp_plugin_scrape_failures${open ? "" : "_total"} counter`);
    }
  });

  it("of two objects are separate", async () => {
    const [one, other] = [createHostMetrics(), createHostMetrics()];
    one.observeScrape("feed", 1, "down");
    expect(await read(other, 'loopp_plugin_scrape_failures_total{plugin="feed",reason="down"}', status("ready"))).toBe(
      "0",
    );
  });

  it("are there with 0 before anything has happened, so that the first time is an increase", async () => {
    const { body } = await createHostMetrics().collect("", [status("ready")]);
    const zeros = (...reasons: string[]) => Object.fromEntries(reasons.map((reason) => [reason, 0]));
    expect(valuesBy(body, "loopp_plugin_restarts_total", "reason")).toEqual(
      zeros("clean", "exited", "crashed", "killed", "out-of-memory", "unresponsive", "protocol-error", "launch-failed"),
    );
    expect(valuesBy(body, "loopp_plugin_scrape_failures_total", "reason")).toEqual(zeros("down", "too-slow", "failed"));
  });

  it("are removed with the plugin, and begin at 0 with another of its name", async () => {
    const metrics = createHostMetrics();
    const exit = { reason: "crashed", lastStderr: [] } as const;
    metrics.observeState(change("ready", "backing-off", { exit }));
    metrics.observeState(change("backing-off", "starting"));
    metrics.observeState(change("starting", "ready"));
    metrics.observeScrape("feed", 1, "failed");
    metrics.observeCall({ plugin: "feed", service: "a.B", method: "C", kind: "unary" })?.(undefined, 1);
    const counted = async (plugins: PluginStatus[]) =>
      readSamples((await metrics.collect("", plugins)).body).filter(({ labels }) => labels.plugin === "feed");
    const sum = async (plugins: PluginStatus[]) =>
      (await counted(plugins)).filter(({ name }) => name.endsWith("_total"));
    expect((await sum([status("ready")])).reduce((total, { value }) => total + value, 0)).toBe(4);
    expect(await counted([])).toEqual([]);
    expect((await sum([status("ready")])).every(({ value }) => value === 0)).toBe(true);
  });

  it("say when a plugin that backs off is started again, and nothing of one that does not", async () => {
    const metrics = createHostMetrics();
    const series = 'loopp_plugin_next_start_time_seconds{plugin="feed"}';
    const waiting = { ...status("backing-off"), nextStart: "2030-01-01T00:00:00.500Z" };
    expect(Number(await read(metrics, series, waiting))).toBe(Date.UTC(2030, 0, 1) / 1000 + 0.5);
    expect(await read(metrics, series, status("ready", 2))).toBeUndefined();
  });

  it("name the transport that a plugin is on, and only that one", async () => {
    const metrics = createHostMetrics();
    await metrics.collect("", [status("ready")]);
    const { body } = await metrics.collect("", [{ ...status("ready", 2), transport: "process" }]);
    expect(valuesBy(body, "loopp_plugin_info", "transport")).toEqual({ process: 1 });
  });

  it("have Chainlink's names for version, uptime and health, in both text formats", async () => {
    let isWell = true;
    const metrics = createHostMetrics({
      version: "1.2.3",
      commit: "0a1b2c3",
      health: async () => [
        ["feeds.one", isWell],
        ["feeds.two", true],
      ],
    });
    for (const accept of ["", "application/openmetrics-text"]) {
      const { body } = await metrics.collect(accept, [status("degraded")]);
      expect(body).toContain('\nversion{version="1.2.3",commit="0a1b2c3"} 1\n');
      expect(body).toMatch(/\nuptime_seconds \d/);
      expect(valuesBy(body, "health", "service_id")).toEqual({ "feeds.one": 1, "feeds.two": 1, "plugins.feed": 0 });
    }
    isWell = false;
    const { body } = await metrics.collect("", [status("ready")]);
    expect(valuesBy(body, "health", "service_id")).toEqual({ "feeds.one": 0, "feeds.two": 1, "plugins.feed": 1 });
  });
});
