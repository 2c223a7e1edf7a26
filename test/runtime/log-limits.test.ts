/** How much of what a plugin prints reaches a host, and how much a plugin keeps of what its host has not taken. */
import { expect, it } from "vitest";
import { createRuntime, type PluginLogLine } from "../../src/index.ts";
import { until } from "../../src/testing/until.ts";
import { runtimeName } from "../../src/values/platform.ts";

async function linesOf(
  transport: string,
  config: object,
  areComplete: (lines: readonly PluginLogLine[]) => boolean,
): Promise<PluginLogLine[]> {
  const lines: PluginLogLine[] = [];
  const module = new URL("./plugins/talker.plugin.ts", import.meta.url);
  await using _runtime = await createRuntime({
    plugins: { plugin: { module, transport, config } },
    onLog: (line) => lines.push(line),
  });
  await until("all lines have come", () => areComplete(lines));
  return lines;
}

it.each(["in-process", "worker", "process"])("a line has one length, whatever is in it: %s", async (transport) => {
  const lines = await linesOf(
    transport,
    { console: transport !== "in-process" },
    (all) => all.at(-1)?.message === "after",
  );
  for (const line of lines) expect(JSON.stringify(line).length).toBeLessThan(64 * 1024);
  const found = (begin: string) => lines.find(({ message }) => message.startsWith(begin));
  expect(found("message")?.message).toMatch(/^message x{60000,} \[cut\]$/);
  expect(found("field")?.fields).toEqual({ first: 1, long: expect.stringMatching(/^x{60000,} \[cut\]$/) });
  expect(found("list")?.fields).toEqual({ list: expect.stringMatching(/^\["x{60000,} \[cut\]$/) });
  expect(found("deep")?.fields).toEqual({ deep: `${"[".repeat(1000)}${"]".repeat(1000)}` });
  // In-process, the console is the host's own.
  if (transport !== "in-process") expect(found("console")?.message).toMatch(/^console x{60000,} \[cut\]$/);
});

const dropped = / lines were dropped: they came faster than the host takes them$/;

it.each(["worker", "process"])(
  "lines whose fields are long wait up to a limit, and are dropped beyond: %s",
  async (transport) => {
    const floods = (lines: readonly PluginLogLine[]) => lines.filter(({ message }) => message === "flood").length;
    const isEnd = (lines: readonly PluginLogLine[]) =>
      dropped.test(lines.at(-1)?.message ?? "") || floods(lines) === 5000;
    const lines = await linesOf(transport, { flood: true }, isEnd);
    // A process on Deno waits at its pipe, and keeps nothing.
    if (transport === "process" && runtimeName === "deno") return;
    expect(floods(lines)).toBeGreaterThan(100);
    expect(lines.at(-1)?.message).toBe(
      `${5000 - floods(lines)} lines were dropped: they came faster than the host takes them`,
    );
  },
);
