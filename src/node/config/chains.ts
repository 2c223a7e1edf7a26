/** The chains of a config: `[[EVM]]` and the like, in the Chainlink node's format. */
import type { ChainFamily } from "../../chains/family.ts";
import { chainFamilies } from "../../chains/index.ts";
import type { ChainTable } from "../../chains/table.ts";
import { collect, type Mistake } from "../../settings/mistakes.ts";
import { locationIn, read } from "../../settings/schema.ts";
import { mistakeAt, type TomlDocument, type TomlTable } from "../../settings/toml.ts";
import { withDefaults, writeToml } from "../../settings/toml-tables.ts";
import { resolvePlugin } from "./plugins/resolve.ts";
import type { PluginConfig, PluginSettings } from "./plugins/types.ts";
import type { FileConfig } from "./schema.ts";

export interface ChainConfig {
  readonly family: ChainFamily;
  readonly chainId: string;
  /** Name of the relayer plugin that serves it, such as `evm.31337`. */
  readonly plugin: string;
  /** `false`: nothing is started for the chain. */
  readonly enabled: boolean;
  /** As it was read. */
  readonly table: TomlTable;
  /**
   * With the family's defaults, for {@link chainToml}. A relayer plugin is given a complete table: the Chainlink node fills in the
   * defaults before it passes the table on, and a plugin in another language may crash when a key is missing.
   */
  readonly complete: TomlTable;
  /** Its path in the file, such as `EVM[0]`. */
  readonly path: readonly [table: string, index: number];
}

/** Reads the chains. Mistakes are added to `mistakes`. */
export function readChains(file: FileConfig, document: TomlDocument, mistakes: Mistake[]): ChainConfig[] {
  const chains: ChainConfig[] = [];
  for (const family of chainFamilies) {
    const { name, table, defaults = {} } = family;
    for (const [index, section] of sectionsOf(file, family).entries()) {
      const { ChainID: chainId, Enabled: enabled = true } = section;
      const path = [table, index] as const;
      const plugin = `${name}.${chainId}`;
      if (chains.some((other) => other.plugin === plugin)) {
        const message = `There is another ${table} chain with the id "${chainId}"`;
        mistakes.push(mistakeAt(document, [...path, "ChainID"], message));
      }
      chains.push({
        family,
        chainId,
        plugin,
        enabled,
        table: (document.root[table] as readonly TomlTable[])[index] as TomlTable,
        complete: withDefaults(document.exactTable(path), defaults),
        path,
      });
    }
  }
  return chains;
}

/** The tables of a family, checked. */
function sectionsOf(file: FileConfig, { table }: ChainFamily): readonly ChainTable[] {
  return ((file as Readonly<Record<string, unknown>>)[table] as readonly ChainTable[] | undefined) ?? [];
}

/**
 * A chain's table as its relayer plugin reads it.
 * @param shape `bare`: as current plugins read it. `wrapped`: in a table named `EVM`, `Solana`, ..., as plugins of 2024 read it
 */
export function chainToml(
  { table: name }: ChainFamily,
  complete: TomlTable,
  shape: PluginConfig["configShape"] = "bare",
): string {
  return writeToml(shape === "wrapped" ? { [name]: complete } : complete);
}

/** Checks the tables of chains that a built-in plugin serves. Other plugins check their tables themselves. */
export function checkBuiltInChains(
  chains: readonly ChainConfig[],
  plugins: PluginSettings,
  document: TomlDocument,
  mistakes: Mistake[],
): void {
  for (const { family, enabled, plugin, path, table } of chains) {
    if (family.builtIn === undefined || !enabled) continue;
    // Contradictions have been reported before.
    const settings = collect([], () => resolvePlugin(plugins, plugin));
    if (settings === undefined || settings.command !== undefined || settings.module !== undefined) continue;
    read(family.builtIn.schema, table, locationIn(document, path, mistakes));
  }
}
