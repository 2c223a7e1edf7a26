/** The command line. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseFlags } from "../../../src/node/config/flags.ts";
import { ConfigError } from "../../../src/settings/mistakes.ts";

describe("parseFlags()", () => {
  it("reads every option", () => {
    const flags = parseFlags([
      "--config",
      "node.toml",
      "--transport",
      "median=worker",
      "--transport=evm.31337=process",
      "--job=a.toml",
      "--job",
      "b.toml",
      "--http-host=0.0.0.0",
      "--http-port=0",
      "--log-level",
      "debug",
      "--log-format",
      "json",
      "--help",
    ]);
    expect(flags).toEqual({
      config: "node.toml",
      transports: new Map([
        ["median", "worker"],
        ["evm.31337", "process"],
      ]),
      jobs: ["a.toml", "b.toml"],
      httpHost: "0.0.0.0",
      httpPort: 0,
      logLevel: "debug",
      logFormat: "json",
      help: true,
    });
  });

  it("has no settings without arguments", () => {
    expect(parseFlags([])).toEqual({ transports: new Map(), jobs: [], help: false });
  });

  it.each([
    [["--nope"], "--nope: There is no such option; --help lists them"],
    [["-x"], "-x: There is no such option; --help lists them"],
    [["--no-help"], "--no-help: There is no such option; --help lists them"],
    [["node.toml"], '"node.toml": It is not an option: options begin with --'],
    [["--config"], "--config: It needs a value: --config node.toml"],
    [["--config="], "--config: It needs a value: --config node.toml"],
    [["--config", "--help"], "--config: It needs a value: --config node.toml"],
    [["--config", "a", "--config", "b"], "--config: It is given twice"],
    [["--help=yes"], "--help: It takes no value"],
    [["--http-port", "65536"], '--http-port: Expected a port from 0 to 65535, got "65536"'],
    [["--http-port=6688x"], '--http-port: Expected a port from 0 to 65535, got "6688x"'],
    [["--log-level", "loud"], '--log-level: Expected one of trace, debug, info, warn, error, got "loud"'],
    [["--transport", "median"], '--transport: Expected NAME=KIND such as median=worker, got "median"'],
    [["--transport", "=worker"], '--transport: Expected NAME=KIND such as median=worker, got "=worker"'],
    [["--transport", "median="], '--transport: Expected NAME=KIND such as median=worker, got "median="'],
    [["--transport", "a=b=c"], '--transport: Expected NAME=KIND such as median=worker, got "a=b=c"'],
    [["--transport", "me dian=worker"], '--transport: Expected NAME=KIND such as median=worker, got "me dian=worker"'],
    [
      ["--transport", "median=worker", "--transport", "median=process"],
      '--transport: "median" is given two transports, "worker" and "process"',
    ],
  ])("refuses %j with one sentence", (argv, message) => {
    expect(() => parseFlags(argv)).toThrow(message);
    expect(() => parseFlags(argv)).toThrow(/^[^\n]+$/);
  });

  it("tells all mistakes together", () => {
    expect(() => parseFlags(["--nope", "--http-port", "x", "--job"])).toThrow(/--nope.*\n.*--job.*\n.*--http-port/s);
  });

  it("throws nothing but ConfigErrors on garbage", () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom("--", "-", "--config", "--transport", "--help", "-c", "--=", "--__proto__", "--constructor=1"),
    );
    fc.assert(
      fc.property(fc.array(word), (argv) => {
        try {
          parseFlags(argv);
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
        }
      }),
    );
  });
});
