/** What a runtime prints that has no `onLog`. */
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { formatJsonLog, formatLog } from "../../src/runtime/log.ts";
import { root, run } from "../programs.ts";

const program = (name: string) => fileURLToPath(new URL(`./programs/${name}.ts`, import.meta.url));
const runtimeArgs = "deno" in process.versions ? ["run", "--allow-all", "--no-lock"] : [];

describe("a line of the log", () => {
  const line = { level: "info", time: 45_000, source: "log", plugin: "median", generation: 2 } as const;

  it("has the time, the level, the plugin, the message and the fields", () => {
    const fields = { answer: 42, name: "plain", text: "two words", list: ["a", 1], "odd name": "" };
    expect(formatLog({ ...line, message: "round done", fields })).toBe(
      '00:00:45.000 INFO  median#2 round done answer=42 name=plain text="two words" list=["a",1] "odd name"=',
    );
  });

  it("names the place in the code from warnings on", () => {
    const place = { caller: "median/factory.ts:43", message: "late", fields: {} };
    expect(formatLog({ ...line, ...place })).toMatch(/late$/);
    expect(formatLog({ ...line, ...place, level: "warn" })).toMatch(/late caller=median\/factory\.ts:43$/);
  });
});

describe("a line of the log as JSON", () => {
  const line = {
    level: "warn",
    time: 45_000,
    source: "log",
    plugin: "median",
    generation: 2,
    message: "late",
  } as const;

  it("has the keys of a Chainlink node's, then the fields", () => {
    const fields = { round: 7, list: ["a"], logger: "PluginMedian.Feed" };
    const site = { caller: "median/factory.ts:43", stacktrace: "observe" };
    expect(formatJsonLog({ ...line, fields, ...site })).toBe(
      '{"level":"warn","ts":"1970-01-01T00:00:45.000Z","logger":"median.PluginMedian.Feed","caller":"median/factory.ts:43",' +
        '"msg":"late","generation":2,"round":7,"list":["a"],"stacktrace":"observe"}',
    );
    const host = { ...line, fields: {}, plugin: "node", generation: 0, source: "host" } as const;
    expect(JSON.parse(formatJsonLog(host))).toEqual({
      level: "warn",
      ts: "1970-01-01T00:00:45.000Z",
      logger: "node",
      msg: "late",
    });
  });

  it("lets no field stand for anything else, and loses none", () => {
    const fields = {
      level: "info",
      ts: 1,
      msg: "forged",
      logger: 5,
      caller: "x",
      stacktrace: "y",
      generation: 9,
      source: "z",
    };
    expect(JSON.parse(formatJsonLog({ ...line, source: "console", fields }))).toEqual({
      level: "warn",
      ts: "1970-01-01T00:00:45.000Z",
      logger: "median",
      msg: "late",
      generation: 2,
      source: "console",
      ...Object.fromEntries(Object.entries(fields).map(([name, value]) => [`field.${name}`, value])),
    });
  });

  it("is one line of printable characters, whatever is in it", () => {
    const message = "a\n\u001b[2J\u009b\u2028\u202e";
    const text = formatJsonLog({ ...line, message, fields: { [message]: message } });
    expect(text).not.toMatch(/[\p{Cc}\p{Zl}\p{Bidi_Control}]/u);
    expect(JSON.parse(text)).toMatchObject({ msg: message, [message]: message });
  });
});

it("what a plugin prints begins no line and moves no cursor, on every transport", async () => {
  const args = [...runtimeArgs, program("prints"), "../plugins/forger.plugin.ts"];
  const { code, stderr } = await run(process.execPath, args, { cwd: root });
  expect(code).toBe(0);
  expect(stderr).not.toMatch(/^12:00:00/m);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: there must be none
  expect(stderr).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
  for (const name of ["inProcess", "worker", "process"]) {
    const lines = stderr.split("\n").filter((line) => line.includes(`${name}#1`));
    expect(lines.find((line) => line.includes("message"))).toMatch(
      /INFO {2}\w+#1 message\\x1b\[2J\\n12:00:00\.000 ERROR node#0 FORGED bare=\\x1b\[31mred "na\\u001bme x=1"=v list=\["a\\n12:00:00\.000 ERROR node#0 FORGED","\\x9b31m"\]$/,
    );
    expect(lines.find((line) => line.includes(" error"))).toContain("error\\u202e\\n12:00:00.000 ERROR node#0 FORGED");
    if (name === "inProcess") continue;
    expect(lines.find((line) => line.includes(" stderr"))).toMatch(/stderr \\x1b\]0;title\\x07 \\x9b31m \\r over$/);
  }
});
