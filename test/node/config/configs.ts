/** Config files for tests, in a directory of their own. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { parseFlags } from "../../../src/node/config/flags.ts";
import { loadConfig } from "../../../src/node/config/load.ts";
import type { NodeConfig } from "../../../src/node/config/types.ts";
import { ConfigError } from "../../../src/settings/mistakes.ts";

const transports = ["in-process", "worker", "process", "carrier-pigeon"];

export interface Configs {
  /** Holds a module, an env file, a program whose name is two words, and two jobs. */
  readonly directory: string;
  /** Loads a config from the text of its file; an empty one is no file. */
  load(toml: string, argv?: readonly string[], env?: Record<string, string>): NodeConfig;
  /** Every mistake, one a line. */
  mistakes(toml: string, argv?: readonly string[], env?: Record<string, string>): string;
  remove(): void;
}

export function createConfigs(): Configs {
  const directory = mkdtempSync(join(tmpdir(), "loopp-config-"));
  writeFileSync(join(directory, "median.plugin.ts"), "");
  writeFileSync(join(directory, "median.env"), "FOO=from the env file\nBAR=2\n");
  writeFileSync(join(directory, "two words"), "", { mode: 0o755 });
  writeFileSync(join(directory, "no-interpreter"), "#!/no/such/sh\n", { mode: 0o755 });
  mkdirSync(join(directory, "jobs"));
  for (const name of ["b.toml", "a.toml", "readme.md"]) writeFileSync(join(directory, "jobs", name), "");

  function load(toml: string, argv: readonly string[] = [], env: Record<string, string> = {}): NodeConfig {
    writeFileSync(join(directory, "node.toml"), toml);
    const flags = parseFlags(toml === "" ? argv : ["--config", "node.toml", ...argv]);
    return loadConfig({ flags, env, transports, directory });
  }

  return {
    directory,
    load,
    mistakes(...args) {
      try {
        load(...args);
      } catch (error) {
        expect(error).toBeInstanceOf(ConfigError);
        return (error as ConfigError).message;
      }
      return "";
    },
    remove: () => rmSync(directory, { recursive: true }),
  };
}

/** What a simulated chain has beside its id. */
export const simulatedFeeds = `
[[Simulated.Feeds]]
Address = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
MinAnswer = "1"
MaxAnswer = "1000"
Decimals = 8
Description = "WIDGET / USD"
`;
