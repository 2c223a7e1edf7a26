import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { Conformance } from "../../proto/gen/loopp/v1/conformance_pb.ts";
import { until } from "../../src/testing/until.ts";
import { readSamples } from "../observability/support.ts";
import { kinds } from "../runtime/support.ts";
import { conformanceModule, createNode } from "../server/support.ts";
import { readBlocks, readTable, root } from "./blocks.ts";
import { curl, startNode } from "./commands.ts";

const page = "docs/metrics.md";

describe(page, () => {
  it("shows what its curls print", async () => {
    await using node = await startNode([]);
    const block = readBlocks(page).find(({ text }) => text.startsWith("curl"));
    const answers = (block?.text ?? "")
      .trim()
      .split("\n")
      .map(async (command) => (await curl(command, node.port)).text());
    const lines = (await Promise.all(answers)).join("\n").split("\n");
    expect(lines).toEqual(expect.arrayContaining([...(block?.shown ?? ["nothing"])]));
  });

  it("shows the shipped scrape config as it is", () => {
    const yaml = readBlocks(page).find(({ language }) => language === "yaml")?.text;
    expect(yaml).toBe(readFileSync(join(root, "examples/prometheus.yml"), "utf8"));
  });
});

describe("the tables of metrics", () => {
  let nodes: string[][];
  const plugins = new Map<string, string[][]>();
  beforeAll(async () => {
    await using node = await createNode({
      plugins: {
        ...Object.fromEntries(kinds.map((kind) => [kind, { module: conformanceModule, transport: kind }])),
        waiting: { module: conformanceModule, restart: { initialDelayMs: 60_000, maxDelayMs: 60_000 } },
      },
    });
    node.runtime.plugin("waiting").kill();
    await until("the plugin has crashed", () => node.runtime.plugin("waiting").state === "backing-off");
    for (const kind of kinds) {
      const plugin = node.runtime.plugin(kind);
      await using served = plugin.resource({
        create: ({ broker }) => broker.serve((router) => router.service(Conformance, { unary: () => ({}) })),
      });
      const { id } = await served.get();
      await plugin.client(Conformance).callBack({ id, request: {} });
      const text = await (await node.get(`/plugins/${kind}/metrics`)).text();
      plugins.set(
        kind,
        rowsOf(text).filter(([name]) => name !== "`conformance_calls_total`"),
      );
    }
    nodes = rowsOf(await (await node.get("/metrics")).text());
  });

  it("have every metric of the node as it is", () => {
    expect(readTable(page, "| metric | type | labels | meaning |")).toEqual(nodes);
  });

  it("have every metric of feeds as it is", async () => {
    await using node = await startNode([]);
    const { port } = node;
    await until("a round is over", async () => (await feedRows(port)).length === 14);
    expect(readTable(page, "| metric of feeds | type | labels | meaning |")).toEqual(await feedRows(port));
  });

  it("have every metric of a plugin as it is, and where", () => {
    const expected = new Map<string, { row: string[]; on: string[] }>();
    for (const kind of kinds) {
      for (const row of plugins.get(kind) ?? []) {
        const known = expected.get(row.join()) ?? { row, on: [] };
        known.on.push(kind);
        expected.set(row.join(), known);
      }
    }
    const rows = [...expected.values()].map(({ row: [name, type, labels, meaning], on }) => {
      return [name, type, labels, on.length === kinds.length ? "all" : on.join(", "), meaning];
    });
    expect(readTable(page, "| metric | type | labels | on | meaning |").toSorted()).toEqual(rows.toSorted());
  });
});

/** The rows of the feeds' metrics that have a value. */
async function feedRows(port: string): Promise<string[][]> {
  const rows = rowsOf(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text());
  return rows.filter(([name, , labels]) => name?.startsWith("`loopp_feed_") && labels !== "");
}

/** Name, type, labels and help of each metric, as cells. */
function rowsOf(text: string): string[][] {
  const samples = readSamples(text);
  return [...text.matchAll(/^# HELP (\w+) (.*)\n# TYPE \w+ (\w+)$/gm)].map(([, name = "", help = "", type = ""]) => {
    const own = samples.filter(
      (sample) => sample.name.replace(/_(bucket|sum|count)$/, "") === name || sample.name === name,
    );
    const labels = new Set(own.flatMap((sample) => Object.keys(sample.labels)).filter((label) => label !== "le"));
    return [`\`${name}\``, type, [...labels].map((label) => `\`${label}\``).join(" "), help];
  });
}
