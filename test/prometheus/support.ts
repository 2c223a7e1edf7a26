/** The real Prometheus, on the scrape config and the alerts that are shipped, in its own folder. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProgram } from "../../scripts/find-program.ts";
import { until } from "../../src/testing/until.ts";

/** Undefined on a machine without it: then its tests are skipped, and `test/expected-skips.json` says which. */
export const prometheusProgram = findProgram("prometheus");
export const promtoolProgram = findProgram("promtool");

export const shippedConfig = new URL("../../examples/prometheus.yml", import.meta.url);
export const shippedAlerts = new URL("../../examples/alerts.yml", import.meta.url);

export interface Target {
  readonly labels: Readonly<Record<string, string>>;
  readonly scrapeUrl: string;
  readonly lastError: string;
  readonly health: "up" | "down" | "unknown";
}

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [time: number, value: string];
}

export interface Prometheus extends AsyncDisposable {
  targets(): Promise<readonly Target[]>;
  /** @returns the expression's present value */
  query(expression: string): Promise<readonly Series[]>;
  /** The names of the alerts that are firing. */
  alerts(): Promise<readonly string[]>;
  /** Every metric's name that it has seen. */
  names(): Promise<ReadonlySet<string>>;
  /** The type that it knows of each metric. */
  types(): Promise<ReadonlyMap<string, string>>;
}

/**
 * Runs Prometheus on the shipped config, with another address of the node and shorter times: it scrapes and evaluates each second, an alert
 * fires when its condition has held for a second, and what is asked about the last minute is asked about the last 10 seconds.
 */
export async function startPrometheus(nodeAddress: string): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), "prometheus-"));
  const config = readFileSync(shippedConfig, "utf8")
    .replace("127.0.0.1:6688", nodeAddress)
    .replaceAll(/_interval: \w+/g, "_interval: 1s");
  const configFile = join(folder, "prometheus.yml");
  writeFileSync(configFile, config);
  const alerts = readFileSync(shippedAlerts, "utf8")
    .replaceAll(/\bfor: \w+/g, "for: 1s")
    .replaceAll("[1m]", "[10s]");
  writeFileSync(join(folder, "alerts.yml"), alerts);
  try {
    // Another program may take the port before Prometheus listens on it.
    for (;;) {
      const started = await launch(folder, configFile, await freePort());
      if (started !== undefined) return started;
    }
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

async function launch(folder: string, configFile: string, port: number): Promise<Prometheus | undefined> {
  const child = spawn(
    prometheusProgram ?? "prometheus",
    [
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--log.level=warn",
    ],
    { cwd: folder, stdio: ["ignore", "ignore", "pipe"] },
  );
  let log = "";
  child.stderr.on("data", (chunk: Buffer) => {
    log += chunk.toString();
  });
  const ended = endOf(child);
  const url = `http://127.0.0.1:${port}`;
  try {
    const isOver = () => child.exitCode !== null || child.signalCode !== null;
    await until("Prometheus is ready", async () => isOver() || (await isReady(url)), { everyMs: 50 });
    if (isOver()) {
      if (log.includes("address already in use")) return undefined;
      throw new Error(`Prometheus ended: ${log}`);
    }
  } catch (error) {
    child.kill("SIGKILL");
    await ended;
    throw error;
  }

  async function ask<T>(path: string): Promise<T> {
    const response = await fetch(`${url}/api/v1/${path}`);
    const answer = (await response.json()) as { status: string; error?: string; data: T };
    if (answer.status !== "success") throw new Error(`Prometheus refused ${path}: ${answer.error}`);
    return answer.data;
  }

  return {
    targets: async () => (await ask<{ activeTargets: Target[] }>("targets?state=active")).activeTargets,
    query: async (expression) =>
      (await ask<{ result: Series[] }>(`query?query=${encodeURIComponent(expression)}`)).result,
    async alerts() {
      const { alerts } = await ask<{ alerts: { labels: { alertname: string }; state: string }[] }>("alerts");
      return alerts.filter(({ state }) => state === "firing").map(({ labels }) => labels.alertname);
    },
    names: async () => new Set(await ask<string[]>("label/__name__/values")),
    async types() {
      const metadata = await ask<Record<string, { type: string }[]>>("metadata");
      return new Map(Object.entries(metadata).map(([name, [first]]) => [name, first?.type ?? ""]));
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once("error", () => resolve());
    child.once("close", () => resolve());
  });
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/-/ready`);
    await response.text();
    return response.ok;
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

/** What `promtool check metrics` says of an exposition in the classic format: nothing, when all is well. */
export function checkMetrics(text: string): Promise<{ code: number | null; said: string }> {
  return runPromtool(["check", "metrics"], text);
}

export function runPromtool(args: readonly string[], input = ""): Promise<{ code: number | null; said: string }> {
  const child = spawn(promtoolProgram ?? "promtool", args, { stdio: ["pipe", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
  }
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, said }));
  });
}
