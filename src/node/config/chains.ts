/** The chains of a config: `[[EVM]]` and its like, in the Chainlink node's own shape. */
import { simulatedChain } from "../../plugins/simulated/config.ts";
import { checkForeign } from "../../settings/check.ts";
import { collect, type Mistake } from "../../settings/mistakes.ts";
import { formatPath, type TomlDocument, type TomlTable } from "../../settings/toml.ts";
import { missingFrom, withDefaults, writeToml } from "../../settings/toml-tables.ts";
import { chainDefaults } from "./chain-defaults/index.ts";
import { resolvePlugin } from "./plugins/resolve.ts";
import type { PluginSettings } from "./plugins/types.ts";
import type { ChainSection, FileConfig } from "./schema.ts";

/** Table in the config, and the relay that jobs and plugins call it. */
export const chainTables = { EVM: "evm", Solana: "solana", Starknet: "starknet", Simulated: "simulated" } as const;

export type ChainTable = keyof typeof chainTables;
export type Relay = (typeof chainTables)[ChainTable];

export interface ChainConfig {
  readonly relay: Relay;
  readonly chainId: string;
  /** Name of the relayer plugin that serves it, such as `evm.31337`. */
  readonly plugin: string;
  /** A chain that is not enabled is there, but nothing is started for it. */
  readonly enabled: boolean;
  /** The chain's table in TOML, complete with defaults, without the table's own name: what today's relayers read. */
  readonly toml: string;
  /** The same as a table named `EVM`, `Solana`, ...: what older relayers read. */
  readonly wrappedToml: string;
  /** All of it, as it was read. */
  readonly table: TomlTable;
  /** What was filled in because `table` says nothing of it. */
  readonly defaults: TomlTable;
  /** Where it stands, such as `EVM[0]`. */
  readonly path: readonly [ChainTable, number];
}

/** Reads the chains. What is wrong goes to `mistakes`. */
export function readChains(file: FileConfig, document: TomlDocument, mistakes: Mistake[]): ChainConfig[] {
  const chains: ChainConfig[] = [];
  for (const name of Object.keys(chainTables) as ChainTable[]) {
    for (const [index, section] of (file[name] ?? []).entries()) {
      const path = [name, index] as const;
      const mistake = (key: readonly PropertyKey[], message: string) => {
        mistakes.push({ origin: document.originOf([...path, ...key]), key: formatPath([...path, ...key]), message });
      };
      if (chains.some(({ relay, chainId }) => relay === chainTables[name] && chainId === section.ChainID)) {
        mistake(["ChainID"], `There is another ${name} chain with the id "${section.ChainID}"`);
      }
      checkNodes(name, section, mistake);
      const table = (document.root[name] as readonly TomlTable[])[index] as TomlTable;
      const defaults = chainDefaults[name] ?? {};
      const complete = withDefaults(document.exactTable(path), defaults);
      chains.push({
        relay: chainTables[name],
        chainId: section.ChainID,
        plugin: `${chainTables[name]}.${section.ChainID}`,
        enabled: section.Enabled ?? true,
        toml: writeToml(complete),
        wrappedToml: writeToml({ [name]: complete }),
        table,
        defaults: missingFrom(table, defaults),
        path,
      });
    }
  }
  return chains;
}

function checkNodes(
  table: ChainTable,
  section: ChainSection,
  mistake: (key: readonly PropertyKey[], message: string) => void,
): void {
  if (table === "Simulated" || section.Enabled === false) return;
  const nodes = section.Nodes ?? [];
  if (nodes.length === 0)
    mistake(["Nodes"], `The chain has no node to ask: add [[${table}.Nodes]] with a Name and a URL`);
  const seen = new Set<string>();
  for (const [index, node] of nodes.entries()) {
    if (seen.has(node.Name)) mistake(["Nodes", index, "Name"], `There is another node with the name "${node.Name}"`);
    seen.add(node.Name);
    if (table === "EVM" && node.HTTPURL === undefined && node.WSURL === undefined) {
      mistake(["Nodes", index], "The node has no URL: add HTTPURL or WSURL");
    }
    if (table !== "EVM" && node.URL === undefined) mistake(["Nodes", index], "The node has no URL: add URL");
  }
}

/** A chain of ours is the built-in plugin's to read; what another plugin that serves it reads is its own affair. */
export function checkSimulatedChains(
  chains: readonly ChainConfig[],
  plugins: PluginSettings,
  document: TomlDocument,
  mistakes: Mistake[],
): void {
  for (const { relay, enabled, plugin, path, table } of chains) {
    if (relay !== "simulated" || !enabled) continue;
    // What contradicts itself has been told.
    const settings = collect([], () => resolvePlugin(plugins, plugin));
    if (settings === undefined || settings.command !== undefined || settings.module !== undefined) continue;
    mistakes.push(...checkForeign(document, path, simulatedChain, table));
  }
}
