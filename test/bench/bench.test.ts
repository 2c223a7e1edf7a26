/** The bench cannot rot: every contender answers, and the runner and its report tell the truth about those that do not. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Contender, RunningContender } from "../../bench/contender.ts";
import { direct } from "../../bench/contenders/direct.ts";
import { contests } from "../../bench/contenders/index.ts";
import { createPayload, largeBytes, loads, smallBytes } from "../../bench/loads.ts";
import { readOptions } from "../../bench/options.ts";
import { pageParts, performanceFolder, performancePage, resultsFile } from "../../bench/page.ts";
import { drawTables } from "../../bench/picture.ts";
import { formatFigures, formatRatios, ratiosOf, shortNumber } from "../../bench/report.ts";
import type { Role, Row, RunResults } from "../../bench/results.ts";
import { runContest } from "../../bench/run.ts";
import { quantile, spreadOf } from "../../bench/statistics.ts";
import { goProgram } from "../../scripts/go-program.ts";
import { blockOf } from "../../scripts/page-block.ts";
import { runtimeName, runtimeNames } from "../../src/values/platform.ts";

const contenders = contests.flatMap((contest) => contest.contenders);
/** The first use of Go's builds its program. */
const buildTimeoutMs = 30 * 60_000;

describe.each(contenders)("contender: $name", ({ name, prepare, start }) => {
  const isGo = name.startsWith("go-");
  let running: RunningContender;
  beforeAll(async () => {
    if (isGo && goProgram === undefined) return;
    await prepare?.();
    running = await start();
  }, buildTimeoutMs);
  afterAll(() => running?.stop());

  it.skipIf(isGo && goProgram === undefined)("answers every call with the bytes that it was sent", async () => {
    const payloads = [0, 1, smallBytes, smallBytes, largeBytes, largeBytes].map((size, index) =>
      createPayload(size + 8).subarray(index, index + size),
    );
    const answers = await Promise.all(payloads.map((payload) => running.call(payload)));
    for (const [index, { data }] of answers.entries()) {
      expect(Buffer.compare(data, payloads[index] ?? new Uint8Array())).toBe(0);
      expect(data.length).toBe(payloads[index]?.length);
    }
  });

  it("streams as many messages as it was asked for, if it has streams", async () => {
    if (running?.stream === undefined) return;
    const payload = createPayload(smallBytes);
    const received: Uint8Array[] = [];
    for await (const { data } of running.stream(25, payload)) received.push(data);
    expect(received.length).toBe(25);
    for (const data of received) expect([...data]).toEqual([...payload]);
  });
});

describe("the runner", () => {
  const broken = (name: string, contender: Partial<RunningContender> | Error): Contender => ({
    name,
    about: `${name} on purpose`,
    role: "ours",
    async start() {
      if (contender instanceof Error) throw contender;
      return { ...(await direct.start()), ...contender };
    },
  });
  const absent = broken("absent", new Error("there is no | here"));
  const mute = broken("mute", { call: async () => ({ data: new Uint8Array() }) });
  const short = broken("short", {
    async *stream(count, data) {
      for (let sent = 1; sent < count; sent++) yield { data };
    },
  });
  const unary = { call: async (data: Uint8Array) => ({ data }), async stop() {} };
  const streamless: Contender = { name: "streamless", about: "", role: "ours", start: async () => unary };
  const elsewhere = broken("elsewhere", {
    measure: async ({ inFlight }) => ({ done: inFlight, elapsedMs: 500, latenciesUs: [1, 2, 3] }),
  });
  const contest = (...contenders: Contender[]) => ({ name: "test", title: "Test", contenders });

  it("measures each contender under each load once a round", async () => {
    const { columns, rows } = await runContest(contest(direct), { loads, rounds: 3, windowMs: 4 });
    expect(columns.map(({ name }) => name)).toEqual(["p50", "p99", "small", "cpu", "large", "stream"]);
    for (const { name } of columns.filter(({ name }) => name !== "cpu" || process.platform === "linux")) {
      expect(rows[0]?.figures[name]?.filter((figure) => figure >= 0).length).toBe(3);
    }
  });

  it("says in the row of a contender why it has no figure, and measures the others", async () => {
    const entered = contest(direct, absent, mute, short, streamless, elsewhere);
    const table = await runContest(entered, { loads, rounds: 1, windowMs: 4 });
    const lines = `${formatFigures(table)}${formatRatios(table)}`.split("\n");
    const row = (start: string) => lines.find((line) => line.startsWith(`| ${start} |`));
    expect(row("direct")).toMatch(/^\| direct \|( \*\*[\d.]+[kM]?\*\* \|){6} \|$/);
    expect(row("absent")).toContain("does not run here: there is no \\| here");
    expect(row("mute")).toContain("64 B, 1 in flight: An answer of 0 bytes is not the echo of 64 bytes");
    expect(row("mute")).not.toContain("stream of 64 B:");
    expect(row("short")).toContain("stream of 64 B: A stream ended after 999 of 1000 messages");
    expect(row("streamless")).toMatch(/ – \| \|$/);
    expect(row("streamless / direct")).toMatch(/\*\*[\d.]+[kM]?\*\* .*\| – \|$/);
    expect(row("elsewhere")).toContain("| **2.00** | **2.98** | **128** |");
  });

  it("stops what it has started", async () => {
    let stopped = 0;
    const counted = broken("counted", {
      async stop() {
        stopped++;
      },
    });
    await runContest(contest(counted, absent), { loads: [], rounds: 1, windowMs: 1 });
    expect(stopped).toBe(1);
  });
});

describe("the figures", () => {
  it("are a median between the least and the most", () => {
    expect(spreadOf([5, 1, 9, 3])).toEqual({ median: 4, min: 1, max: 9 });
    expect(spreadOf([7])).toEqual({ median: 7, min: 7, max: 7 });
    expect(() => spreadOf([])).toThrow(RangeError);
    expect(quantile([0, 10], 0.99)).toBeCloseTo(9.9);
  });

  it("are compared round by round, as far as both have rounds, and a ratio above 1 is always better", () => {
    const rate = { name: "rate", title: "", unit: "calls/s", better: "more" } as const;
    const time = { name: "time", title: "", unit: "µs", better: "less" } as const;
    const one = { figures: { rate: [10, 30, 50], time: [1, 2] } };
    const other = { figures: { rate: [5, 10], time: [3, 8] } };
    expect(ratiosOf(rate, one, other)).toEqual([2, 3]);
    expect(ratiosOf(time, one, other)).toEqual([3, 4]);
    expect(ratiosOf(rate, one, { figures: {} })).toEqual([]);
  });

  it("are written with three digits", () => {
    expect([0.02171, 1.25, 64.49, 645.2, 999.7, 3859, 999_700, 7_123_456].map(shortNumber)).toEqual([
      "0.0217",
      "1.25",
      "64.5",
      "645",
      "1.00k",
      "3.86k",
      "1.00M",
      "7.12M",
    ]);
  });
});

describe("the page", () => {
  const page = readFileSync(new URL(`../../${performancePage}`, import.meta.url), "utf8");
  const file = (name: string) => readFileSync(new URL(`../../${performanceFolder}${name}`, import.meta.url), "utf8");

  it("shows what was measured, on all runtimes, in tables and pictures", () => {
    const results: RunResults[] = JSON.parse(readFileSync(new URL(`../../${resultsFile}`, import.meta.url), "utf8"));
    expect(results.map(({ facts }) => facts.runtime)).toEqual(runtimeNames);
    const { blocks, pictures } = pageParts(results);
    expect([...pictures.keys()].length).toBeGreaterThan(8);
    for (const [name, content] of blocks) expect(blockOf(page, name)).toBe(content);
    for (const [name, picture] of pictures) expect(file(name)).toBe(picture);
  });

  it("draws a bar for each figure, cuts those of bounds, and takes no name for markup", () => {
    const row = (name: string, role: Role, ...figures: number[]): Row => {
      return { name, about: "", role, against: [], figures: { rate: figures }, remarks: [] };
    };
    const columns = [{ name: "rate", title: "A & B", unit: "calls/s", better: "more" }] as const;
    const rows = [row("one<two", "ours", 10, 30, 20), row("none", "peer"), row("far", "bound", 4000)];
    const drawn = drawTables([{ title: "Bun", table: { name: "test", title: "Test", columns, rows } }]);
    expect(drawn).toContain(">one&lt;two</text>");
    expect(drawn).toContain(">A &amp; B (calls/s, more is better)</text>");
    for (const text of ["20.0", "–", "4.00k"]) expect(drawn).toContain(`>${text}</text>`);
    expect(drawn.match(/stroke="#ffffff"/g)?.length).toBe(1);
  });
});

describe("the command", () => {
  const main = fileURLToPath(new URL("../../bench/main.ts", import.meta.url));
  const bench = (...args: string[]) => {
    const runtimeArgs = runtimeName === "deno" ? ["run", "--allow-all", "--no-lock"] : [];
    return spawnSync(execPath, [...runtimeArgs, main, ...args], { encoding: "utf8" });
  };

  it("prints a table and writes every round to a file", () => {
    const folder = mkdtempSync(join(tmpdir(), "loopp-bench-"));
    try {
      const file = join(folder, "bench.json");
      const only = ["--only", "direct,in-process-share", "--load", "stream", "--load", "64B-x64"];
      const { status, stdout, stderr } = bench(...only, "--rounds", "2", "--window-ms", "4", "--json", file);
      expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining("round 2 of 2") });
      expect(stdout.toLowerCase()).toContain(`## ${runtimeName} `);
      expect(stdout).toContain("| in-process-share / direct | ");
      const { tables, rounds }: RunResults = JSON.parse(readFileSync(file, "utf8"));
      expect(rounds).toBe(2);
      const [{ rows = [] } = {}] = tables;
      expect(rows.map(({ name }) => name)).toEqual(["direct", "in-process-share"]);
      expect(rows[1]?.figures.stream?.length).toBe(2);
      expect(Object.keys(rows[1]?.figures ?? {}).sort()).toEqual(["cpu", "small", "stream"]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("measures growth, starts, memory and the node", () => {
    const parts = ["--growth", "--start", "--memory", "--node", "--only", "in-process,thread,http"];
    const { status, stdout, stderr } = bench(...parts, "--rounds", "1", "--window-ms", "4");
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining("node: round 1 of 1") });
    expect(stdout.match(/^### .*$/gm)).toEqual([
      "### Callers at once",
      "### Length of the payload",
      "### Plugins of one host",
      "### Start",
      "### 40 started together",
      "### Memory of an idle plugin",
      "### Memory of 1,000 open streams",
      "### The node",
    ]);
    const rows = stdout.match(/^\| (?:in-process(?:-\d+)?|thread|http) \|.*$/gm) ?? [];
    expect(rows.length).toBe(8);
    for (const row of rows) expect(row).toMatch(/\*\*-?[\d.]+[kM]?\*\*/);
    expect(stdout).not.toContain("does not run here");
  });

  it.each([
    [["--growth", "--write", "--all"], "--write: the page has every part on every runtime"],
    [["--load", "64B-x1,none"], '--load: nothing is called "none"; there are 64B-x1, '],
    [["--rounds", "0"], '--rounds: expected a whole number from 1, got "0"'],
  ])("refuses %j with a sentence", (args, sentence) => {
    expect(() => readOptions(args)).toThrow(sentence);
  });

  it("ends with 2 where it refuses", () => {
    const { status, stderr } = bench("--only", "nobody");
    const sentence = '--only: nothing is called "nobody"; there are direct, ';
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining(sentence) });
  });

  it("is quick in one round of short windows", () => {
    expect(readOptions(["--quick"])).toMatchObject({ rounds: 1, windowMs: 100, parts: [{ name: "transports" }] });
    expect(readOptions([])).toMatchObject({ rounds: 3, windowMs: 250 });
    expect(readOptions(["--all", "--write"]).parts.map(({ name }) => name)).toEqual([
      "transports",
      "growth",
      "start",
      "memory",
      "node",
    ]);
  });
});
