/** The shipped dashboard and alerts, in a real Prometheus that watches a node with a feed. */
import { appendFileSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningNode } from "../../src/node/node.ts";
import { until } from "../../src/testing/until.ts";
import { runtimeName } from "../../src/values/platform.ts";
import { readBlocks } from "../docs/blocks.ts";
import { createWorld, type World } from "../node/support.ts";
import { type Prometheus, prometheusProgram, shippedAlerts, startPrometheus } from "./support.ts";

interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: Readonly<Record<"x" | "y" | "w" | "h", number>>;
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly { readonly expr: string; readonly datasource: { readonly uid: string } }[];
}

const dashboard = JSON.parse(readFileSync(new URL("../../examples/grafana/loopp.json", import.meta.url), "utf8")) as {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { name: string; type: string; query: string | { query: string } }[] };
};
const variables = dashboard.templating.list;
const queries = dashboard.panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr }) => [title, expr] as const),
);

/** As Grafana does, where one job and all feeds and plugins are chosen, on a Prometheus that scrapes every 15 s. */
function asked(expression: string, values: Readonly<Record<string, readonly string[]>>): string {
  const all = (name: string) => (values[name] ?? []).map((value) => value.replaceAll(/[.\\]/g, "\\\\$&"));
  return expression.replaceAll("$__rate_interval", "1m").replaceAll(/\$(\w+)/g, (_, name: string) => {
    const chosen = all(name);
    return chosen.length === 1 ? (chosen[0] ?? "") : `(${chosen.join("|")})`;
  });
}

it("the dashboard is one that Grafana imports: panels apart from each other, all of the Prometheus that is chosen", () => {
  const { panels } = dashboard;
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)} ${y + Math.floor(cell / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(cells.every((cell) => Number(cell.split(" ")[0]) < 24)).toBe(true);
  for (const { type, title, datasource, targets = [] } of panels.filter(({ type }) => type !== "row")) {
    expect(["stat", "timeseries"]).toContain(type);
    for (const used of [datasource, ...targets.map((target) => target.datasource)]) {
      expect([title, used?.uid]).toEqual([title, "$" + "{datasource}"]);
    }
  }
  const known = new Set([...variables.map(({ name }) => name), "__rate_interval"]);
  for (const [, expression] of queries) {
    for (const [, name = ""] of expression.matchAll(/\$(\w+)/g)) expect([name, known.has(name)]).toEqual([name, true]);
  }
});

describe.skipIf(prometheusProgram === undefined)("a real Prometheus on the shipped examples", () => {
  const running = new AsyncDisposableStack();
  let world: World;
  let node: RunningNode;
  let prometheus: Prometheus;
  beforeAll(async () => {
    world = running.use(await createWorld());
    appendFileSync(
      world.configFile,
      `[feeds.median]\nfreshnessLimit = "2s"\n[plugins."median.widget"]\nrestart = { maxRestarts = 4 }\n`,
    );
    node = running.use(await world.start(["--transport", "median=process", "--transport", "simulated=worker"]));
    prometheus = running.use(await startPrometheus(`127.0.0.1:${node.http.port}`));
  });
  afterAll(() => running.disposeAsync());

  it("has an answer to every query of the dashboard, and to its variables", async () => {
    const values: Record<string, readonly string[]> = {};
    for (const { name, query } of variables.filter(({ type }) => type === "query")) {
      const { series = "", label = "" } =
        /^label_values\((?<series>.+), (?<label>\w+)\)$/.exec(typeof query === "string" ? query : query.query)
          ?.groups ?? {};
      await until(`the variable ${name} has values`, async () => {
        const found = (await prometheus.query(asked(series, values))).map(({ metric }) => metric[label] ?? "");
        values[name] = [...new Set(found)].toSorted();
        return found.length > 0;
      });
    }
    await until("the node and both plugins are scraped", async () => {
      return (await prometheus.query("up == 1")).length === 3;
    });
    await until("both plugins are seen", async () => {
      const found = await prometheus.query("loopp_plugin_info");
      values.plugin = found.map(({ metric }) => metric.plugin ?? "").toSorted();
      return found.length === 2;
    });
    expect(values).toEqual({ feed: ["median.widget"], job: ["loopp"], plugin: ["median.widget", "simulated.1337"] });
    expect(queries.length).toBeGreaterThan(20);
    for (const [title, expression] of queries) {
      // Bun and Deno do not tell of garbage collections.
      if (expression.includes("nodejs_gc_") && runtimeName !== "node") continue;
      await until(`there is an answer for "${title}" to ${expression}`, async () => {
        const series = await prometheus.query(asked(expression, values));
        return series.some(({ value: [, value] }) => Number.isFinite(Number(value)));
      });
    }
  });

  it("takes the questions of the page about metrics, and every one of their metrics is there", async () => {
    const questions = readBlocks("docs/metrics.md")
      .find(({ language }) => language === "promql")
      ?.text.trim()
      .split("\n");
    expect(questions?.length).toBeGreaterThan(3);
    const names = await prometheus.names();
    for (const question of questions ?? []) {
      await prometheus.query(question);
      for (const [name] of question.matchAll(/\b(?:up|(?:loopp|grpc_client)_\w+)\b/g)) {
        expect([name, names.has(name)]).toEqual([name, true]);
      }
    }
  });

  it("fires every alert when it should", async () => {
    const shipped = [...readFileSync(shippedAlerts, "utf8").matchAll(/alert: (\w+)/g)].map(([, name]) => name);
    const fired = new Set<string>();
    const fire = (names: readonly string[], meanwhile = () => {}) =>
      until(`${names.join(", ")} fire`, async () => {
        meanwhile();
        for (const one of await prometheus.alerts()) fired.add(one);
        return names.every((name) => fired.has(name));
      });
    const plugin = node.runtime.plugin("median.widget");
    const end = async () => {
      await until("the plugin runs", () => plugin.state === "ready");
      plugin.kill();
      await until("the plugin has ended", () => plugin.state !== "ready");
    };
    // Of a node that is well. Its loop and its rounds may be late nonetheless, on a busy machine.
    expect((await prometheus.alerts()).filter((name) => name.startsWith("LooppPlugin"))).toEqual([]);

    world.prices = [undefined, undefined, undefined];
    for (let ends = 1; ends <= 4; ends++) await end();
    await fire(["LooppFeedFailing", "LooppFeedStalled", "LooppPluginRestarting", "LooppEventLoopLag"], () => {
      const blockedUntil = performance.now() + 400;
      while (performance.now() < blockedUntil);
    });
    await end();
    await fire(["LooppPluginGaveUp"]);
    expect([...fired].toSorted()).toEqual(shipped.toSorted());
  });
});
