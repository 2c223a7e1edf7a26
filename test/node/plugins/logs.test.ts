/** What becomes of the lines that a plugin in another language writes: the levels of Chainlink's hosts, and where ours is better. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRuntime, type PluginLogLine } from "../../../src/index.ts";
import { relayerHandshake } from "../../../src/loop/handshakes.ts";
import { writeScript } from "../commands.ts";

/** Everything that the host logs of a plugin that writes these lines and ends. */
async function linesOf(text: string, reason = /The plugin ended before it was ready/): Promise<PluginLogLine[]> {
  const folder = mkdtempSync(join(tmpdir(), "plugin-logs-"));
  try {
    writeFileSync(join(folder, "text"), text);
    const { path } = writeScript(folder, "plugin", `cat ${join(folder, "text")} >&2; exit 1`);
    const lines: PluginLogLine[] = [];
    const plugins = { fake: { handshake: relayerHandshake, options: { process: { command: path } } } };
    await expect(createRuntime({ plugins, onLog: (line) => void lines.push(line) })).rejects.toThrow(reason);
    return lines.filter(({ source }) => source !== "host");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const json = (level: string, more: object = {}) =>
  JSON.stringify({ "@level": level, "@timestamp": "2026-11-24T12:00:00.123456Z", "@message": `at ${level}`, ...more });

describe("the log of a plugin in another language", () => {
  it("has the level that each line names; those beyond the host's are errors, with their text and not as raw JSON", async () => {
    const levels = ["trace", "debug", "info", "warn", "error", "fatal", "critical", "dpanic", "panic"];
    const lines = await linesOf(
      levels.map((level) => `${json(level, { logger: "Median.feed", round: 7 })}\n`).join(""),
    );
    expect(lines.map(({ level, message }) => [level, message])).toEqual([
      ["trace", "at trace"],
      ["debug", "at debug"],
      ["info", "at info"],
      ["warn", "at warn"],
      ...["error", "fatal", "critical", "dpanic", "panic"].map((level) => ["error", `at ${level}`]),
    ]);
    for (const { fields, time } of lines) {
      expect(fields).toEqual({ logger: "Median.feed", round: 7 });
      expect(time).toBe(Date.parse("2026-11-24T12:00:00.123Z"));
    }
  });

  it("takes text for what its tag says, else for debug", async () => {
    const lines = await linesOf("[WARN] low on ink\n[ERROR] out of ink\nhello\n[FATAL] hello\n{not json\n");
    expect(lines.map(({ level, message }) => [level, message])).toEqual([
      ["warn", "[WARN] low on ink"],
      ["error", "[ERROR] out of ink"],
      ["debug", "hello"],
      ["debug", "[FATAL] hello"],
      ["debug", "{not json"],
    ]);
  });

  it.each(["panic: assignment to entry in nil map", "fatal error: all goroutines are asleep - deadlock!"])(
    "takes a panic of Go and its stack for errors: %s",
    async (first) => {
      const lines = await linesOf(`${json("info")}\n${first}\n\ngoroutine 1 [running]:\nmain.main()\n`);
      expect(lines.map(({ level, message }) => [level, message])).toEqual([
        ["info", "at info"],
        ["error", first],
        ["error", "goroutine 1 [running]:"],
        ["error", "main.main()"],
      ]);
    },
  );

  it("keeps a line whose time cannot be read, and cuts one that is too long", async () => {
    const long = "x".repeat(100_000);
    const lines = await linesOf(`${json("warn", { "@timestamp": "yesterday" })}\n${long}\n`);
    expect(lines.map(({ level, message }) => [level, message.length])).toEqual([
      ["warn", "at warn".length],
      ["debug", 64 * 1024 + " [cut]".length],
      ["debug", 100_000 - 64 * 1024],
    ]);
  });

  it("keeps level, fields and beginning of a line that is too long, which is cut at its end, and says it as the reason", async () => {
    const long = `cannot decode the config: ${"ab".repeat(40_000)}`;
    const reason =
      /The plugin ended before it was ready: crashed \(exit code 1\): cannot decode the config: (ab)+\.\.\.$/;
    const lines = await linesOf(`${json("error", { "@message": long, round: 7 })}\n${json("info")}\n`, reason);
    expect(lines.map(({ level, message }) => [level, message])).toEqual([
      ["error", expect.stringMatching(/^cannot decode the config: (ab)+a? \[cut\]$/)],
      ["info", "at info"],
    ]);
  });
});
