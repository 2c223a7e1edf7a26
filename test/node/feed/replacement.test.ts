/** What becomes of a feed when the plugin that makes its reports is replaced: planned, or by a crash. */
import { appendFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { PluginLogLine } from "../../../src/index.ts";
import type { Round } from "../../../src/node/feed/rounds.ts";
import type { OracleEvent } from "../../../src/ocr2/oracle/engine.ts";
import { until } from "../../../src/testing/until.ts";
import { valuesBy } from "../../observability/support.ts";
import { createWorld } from "../support.ts";

const kinds = ["in-process", "worker", "process"] as const;

describe("a planned switch", () => {
  it.each(kinds)("to a median on %s loses no round, not the one that is under way either", async (kind) => {
    await using world = await createWorld();
    // What a call is given is drainMs, however little time the plugin has for its end.
    appendFileSync(world.configFile, '[plugins."median.widget"]\nlimits = { stopGrace = "20ms" }\n');
    const rounds: Round[] = [];
    const env = { CL_MIN_OCR2_MAX_DURATION_QUERY: "10s" };
    await using node = await world.start(["--transport", "median=worker"], (round) => rounds.push(round), env);
    await until("two rounds are over", () => rounds.length >= 2);
    const before = rounds.length;
    world.delayMs = 200;
    const plugin = node.runtime.plugin("median.widget");
    for (const to of [kind, "worker", kind]) {
      await until("an observation is under way", () => world.asking > 0);
      await plugin.switchTo(to);
      expect(plugin.status.transport).toBe(to);
    }
    const switched = rounds.length;
    await until("three more rounds are over", () => rounds.length > switched + 2);
    // A busy machine may be too slow for a limit of the contract's: that is not what a switch would do to a round.
    const isLate = ({ error = "" }: Round) => error.includes("took longer than its");
    // Transmissions do not wait for each other: one that the report of a later round has overtaken is not missing on chain.
    const isOvertaken = ({ error = "" }: Round) => error.includes("stale report");
    const lost = rounds
      .slice(before)
      .filter((round) => round.outcome !== "transmitted" && !isLate(round) && !isOvertaken(round));
    expect(lost).toEqual([]);
  });
});

interface Reporter {
  readonly maxObservationLength: number;
  readonly observationLength: number;
  readonly hangs?: boolean;
}

/** A node with a feed whose reporting plugins are these, one after the other. */
async function startReporters(reporters: readonly Reporter[]) {
  await using undo = new AsyncDisposableStack();
  const world = undo.use(await createWorld());
  const module = fileURLToPath(new URL("../fixtures/reporter.plugin.ts", import.meta.url));
  appendFileSync(
    world.configFile,
    `[plugins.reporter]\nmodule = ${JSON.stringify(module)}\nrestart = { initialDelay = "10ms" }\n`,
  );
  const list = reporters.map(
    ({ maxObservationLength, observationLength, hangs = false }) =>
      `{ maxObservationLength = ${maxObservationLength}, observationLength = ${observationLength}, hangs = ${hangs} }`,
  );
  writeFileSync(
    world.jobFile,
    `type = "offchainreporting2"
schemaVersion = 1
name = "widget"
relay = "simulated"
contractID = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
transmitterID = "node"
pluginType = "plugin"
contractConfigTrackerPollInterval = "1s"
contractConfigConfirmations = 1

[relayConfig]
chainID = "1337"

[pluginConfig]
pluginName = "reporter"
telemetryType = "reporter"
reporters = [${list.join(", ")}]
`,
  );
  const lines: PluginLogLine[] = [];
  const node = undo.use(
    await world.start(["--transport", "reporter=worker"], undefined, {}, (line) => lines.push(line)),
  );
  const { engine } = node.feeds[0]!;
  const events: OracleEvent[] = [];
  engine.subscribe((event) => events.push(event));
  const moved = undo.move();
  return {
    plugin: node.runtime.plugin("reporter.widget"),
    engine,
    lines,
    metrics: async () => (await fetch(`http://127.0.0.1:${node.http.port}/metrics`)).text(),
    /** Lengths of the observations until now. */
    observed: () => events.flatMap((event) => (event.type === "observed" ? [event.observation.length] : [])),
    failures: () => events.flatMap((event) => (event.type === "failed" ? [event.error.message] : [])),
    [Symbol.asyncDispose]: () => Promise.resolve(moved.disposeAsync()),
  };
}

describe("a reporting plugin that replaces another", () => {
  it("may be made only with limits that are possible", async () => {
    const impossible = { maxObservationLength: 300 * 1024 * 1024, observationLength: 15 };
    await using feed = await startReporters([
      { maxObservationLength: 10, observationLength: 10 },
      impossible,
      { maxObservationLength: 10, observationLength: 5 },
    ]);
    await until("the first has observed", () => feed.observed().includes(10));
    await feed.plugin.restart();
    await until("another has observed", () => feed.observed().includes(15) || feed.observed().includes(5));
    expect(feed.observed()).not.toContain(15);
    expect(feed.lines.map(({ message }) => message).join("\n")).toContain(
      'Cannot use the reporting plugin "reporter": its maxObservationLength is 314572800',
    );
  });

  it("is held to its own limits", async () => {
    await using feed = await startReporters([
      { maxObservationLength: 10, observationLength: 10 },
      { maxObservationLength: 20, observationLength: 20 },
    ]);
    await until("the first has observed", () => feed.observed().includes(10));
    await feed.plugin.restart();
    const tooLong = (message: string) => message.includes("the plugin declared at most");
    await until("the second has observed", () => feed.observed().includes(20) || feed.failures().some(tooLong));
    expect(feed.failures().filter(tooLong)).toEqual([]);
    // What plugins report is counted, over all their instances.
    const reported = valuesBy(await feed.metrics(), "loopp_feed_reported_errors_total", "feed");
    expect(reported["reporter.widget"]).toBeGreaterThanOrEqual(2);
  });

  it("is no longer waited for when the engine stops", async () => {
    await using feed = await startReporters([
      { maxObservationLength: 10, observationLength: 10 },
      { maxObservationLength: 10, observationLength: 10, hangs: true },
    ]);
    const said = (text: string) => feed.lines.find(({ message }) => message === text);
    await until("the first has observed", () => feed.observed().includes(10));
    const restarted = feed.plugin.restart();
    await until("the second is waited for", () => said("a reporting plugin is waited for") !== undefined);
    await feed.engine.stop();
    await until("the plugin has heard of the end", () => said("the caller has given up") !== undefined);
    expect(said("the caller has given up")?.fields.reason).toContain("canceled");
    await restarted;
  });
});
