/** The part of a chain's table that the node reads. */
import { z } from "zod";
import { flag, nonEmptyString, stringLike, url } from "../settings/fields.ts";
import { namePattern } from "../values/name.ts";

/** Chainlink writes a string; a number is accepted too, and becomes a string. */
export const chainId = z.preprocess(
  (value) => (typeof value === "number" || typeof value === "bigint" ? `${value}` : value),
  stringLike(namePattern, "a chain id of letters, digits, dots, _ and -"),
);

export interface ChainTable {
  readonly ChainID: string;
  /** Nothing is started for a chain that is not enabled. @default true */
  readonly Enabled?: boolean | undefined;
}

/** The keys that hold URLs. */
export interface ChainUrls {
  /** In the table itself. @default none */
  readonly chain?: readonly string[];
  /** In each of the table's nodes, which must have at least one of them. @default the chain needs no nodes */
  readonly nodes?: readonly string[];
}

/** @param name of the table, such as `EVM` */
export function chainTable(name: string, { chain = [], nodes: nodeUrls }: ChainUrls = {}): z.ZodType<ChainTable> {
  const table = z.looseObject({ ChainID: chainId, Enabled: flag().optional(), ...urls(chain) });
  if (nodeUrls === undefined) return table;
  const node = z.looseObject({ Name: nonEmptyString("a name"), ...urls(nodeUrls) });
  return table.extend({ Nodes: z.array(node).optional() }).superRefine(({ Enabled, Nodes = [] }, context) => {
    if (Enabled === false) return;
    const mistake = (path: PropertyKey[], message: string) => context.addIssue({ code: "custom", path, message });
    if (Nodes.length === 0) {
      mistake(["Nodes"], `The chain has no node to ask: add [[${name}.Nodes]] with a Name and a URL`);
    }
    const seen = new Set<string>();
    for (const [index, node] of Nodes.entries()) {
      if (seen.has(node.Name)) mistake(["Nodes", index, "Name"], `There is another node with the name "${node.Name}"`);
      seen.add(node.Name);
      if (nodeUrls.every((key) => node[key] === undefined)) {
        mistake(["Nodes", index], `The node has no URL: add ${nodeUrls.join(" or ")}`);
      }
    }
  });
}

function urls(keys: readonly string[]): Record<string, z.ZodType> {
  return Object.fromEntries(keys.map((key) => [key, url("http:", "https:", "ws:", "wss:").optional()]));
}
