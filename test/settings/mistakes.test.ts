import { expect, it } from "vitest";
import { ConfigError, printableError } from "../../src/settings/mistakes.ts";
import { parseToml } from "../../src/settings/toml.ts";
import { LaunchError } from "../../transports/transport.ts";

it("mistakes are one line each, whatever a file has in its keys and values", () => {
  const origin = { kind: "file", file: "no\nde.toml", line: 3 } as const;
  const error = new ConfigError([
    { origin, key: 'http."po\u001b[2Jrt"', message: "Expected a\nb, got \u009b" },
    { origin, key: "", message: "second" },
  ]);
  expect(printableError(error)).toBe(
    'no\\nde.toml:3: http."po\\x1b[2Jrt": Expected a\\nb, got \\x9b\nno\\nde.toml:3: second',
  );
});

it("errors are printed on one line, with what a plugin said", () => {
  expect(printableError(new LaunchError("launch-failed", "ended: \u001b[2K\nforged"))).toBe("ended: \\x1b[2K\\nforged");
  expect(printableError("text\r")).toBe("text\\r");
});

it("what is no TOML is quoted without its control characters", () => {
  expect(() => parseToml('a = "\u001b[2J"', "node.toml")).toThrow(/^node\.toml:1: Not TOML: [ -~]+$/);
});

it("of very many mistakes some are shown, and the number of the others", () => {
  const mistakes = Array.from({ length: 80_000 }, (_, line) => {
    return { origin: { kind: "file", file: "node.toml", line } as const, key: `key${line}`, message: "x".repeat(5000) };
  });
  const { message } = new ConfigError(mistakes);
  const lines = message.split("\n");
  expect(lines.length).toBe(101);
  expect(lines[0]).toMatch(/^node\.toml:0: key0: x{1900,2000}\.\.\.$/);
  expect(lines.at(-1)).toBe("and 79900 more");
});
