/** A command's arguments. */
import { expect, it } from "vitest";
import { readArguments } from "../../src/settings/arguments.ts";
import { ConfigError, type Mistake } from "../../src/settings/mistakes.ts";

const types = {
  output: { example: "my-plugin", short: "o" },
  job: { example: "job.toml", repeatable: true },
  force: { short: "f" },
} as const;

it("readArguments() reads options by name and letter, and keeps the other words", () => {
  expect(readArguments(["a", "-o", "x", "--job=1", "b", "--job", "2", "-f", "--", "--force"], types)).toEqual({
    options: { output: "x", job: ["1", "2"], force: true },
    operands: ["a", "b", "--force"],
  });
  expect(readArguments([], types)).toEqual({ options: {}, operands: [] });
});

it.each([
  [["-o"], "-o: It needs a value: -o my-plugin"],
  [["--output="], "--output: It needs a value: --output my-plugin"],
  [["--output", "--force"], "--output: It needs a value: --output my-plugin"],
  [["-o", "a", "--output", "b"], "--output: It is given twice"],
  [["--force=yes"], "--force: It takes no value"],
  [["--fly"], "--fly: There is no such option; --help lists them"],
  [["--constructor"], "--constructor: There is no such option; --help lists them"],
  [["-fly"], "-l: There is no such option; --help lists them\n-y: There is no such option; --help lists them"],
])("readArguments() refuses %j", (args, message) => {
  let said: unknown;
  try {
    readArguments(args, types);
  } catch (error) {
    said = error;
  }
  expect(said).toBeInstanceOf(ConfigError);
  expect((said as ConfigError).message).toBe(message);
});

it("readArguments() adds mistakes to the caller's list", () => {
  const mistakes: Mistake[] = [];
  expect(readArguments(["--output=-", "--fly", "-o"], types, mistakes).options).toEqual({ output: "-" });
  expect(mistakes.map(({ origin }) => origin)).toEqual([
    { kind: "flag", flag: "--fly" },
    { kind: "flag", flag: "-o" },
  ]);
});
