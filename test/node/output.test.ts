/** What a node prints, and a node whose output is read no more. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { until } from "../../src/testing/until.ts";
import { root } from "../programs.ts";

const main = fileURLToPath(new URL("../../src/node/main.ts", import.meta.url));
const runtimeArgs = "deno" in process.versions ? ["run", "--allow-all", "--no-lock"] : [];

function startNode(...args: string[]) {
  const child = spawn(process.execPath, [...runtimeArgs, main, "--http-port", "0", ...args], { cwd: root });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (chunk: string) => {
      output[name] += chunk;
    });
  }
  return {
    output,
    child,
    async end() {
      const exited = once(child, "close");
      // By the process id: on Deno, a signal sent through the child object stands as the way that the child ended.
      process.kill(child.pid ?? 0, "SIGTERM");
      return (await exited)[0] as unknown;
    },
  };
}

describe("with the log's format json, a node", () => {
  it.concurrent("prints nothing but lines of JSON, rounds included, on its standard error", async () => {
    const { output, end } = startNode("--log-format", "json");
    const rounds = () => output.stderr.match(/"msg":"round over"/g)?.length ?? 0;
    await until("two rounds are over", () => rounds() >= 2);
    expect(await end()).toBe(0);
    expect(output.stdout).toBe("");
    const lines = output.stderr
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    for (const { level, ts, logger, msg } of lines) {
      expect(level).toMatch(/^(info|warn)$/);
      expect(new Date(ts).toISOString()).toBe(ts);
      expect(logger).toMatch(/^(node|simulated|median\.widget-usd)/);
      expect(msg).toMatch(/./);
    }
    expect(lines.find(({ msg }) => msg === "round over")).toMatchObject({
      level: "info",
      logger: "node",
      job: "WIDGET / USD",
      epoch: 1,
      round: 1,
      outcome: "transmitted",
      answer: expect.stringMatching(/^12\.\d{8}$/),
      answered: ["a", "b", "c"],
      durationMs: expect.any(Number),
    });
    expect(lines.at(-1)).toMatchObject({ logger: "node", msg: "ending" });
  });
});

describe("a node goes on, and ends as it should, when there is no reader any more", () => {
  it.concurrent.each(["stdout", "stderr"] as const)("of %s", async (name) => {
    const { child, output, end } = startNode("--log-level", "debug");
    child[name].once("data", () => child[name].destroy());
    const other = name === "stdout" ? "stderr" : "stdout";
    const sign = name === "stdout" ? /A report is due/g : /transmitted/g;
    await until("there were some rounds", () => (output[other].match(sign)?.length ?? 0) >= 2);
    expect(await end()).toBe(0);
    expect(output.stdout + output.stderr).not.toMatch(/EPIPE|^\s+at /m);
  });
});
