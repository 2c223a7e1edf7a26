/** Chains whose contracts are the node's own: what it says to their relayers, and of its jobs on them. */
import { findFamily } from "../../chains/index.ts";
import type { JobSpec } from "../../jobs/types.ts";
import { encodeMedianOffchainConfig } from "../../plugins/median/offchain-config.ts";
import type { TomlTable } from "../../settings/toml.ts";
import type { ChainConfig } from "../config/chains.ts";
import type { NodeKeys } from "../keystore/keys.ts";

/** The account of a job that leaves it to the node. */
const ownTransmitter = "node";

/** @returns the chain's table; where its contracts are the node's own, with a config for each that a job is for */
export function relayerTable(chain: ChainConfig, jobs: readonly JobSpec[], keys: NodeKeys, roundMs = 2000): TomlTable {
  const { family, complete, plugin } = chain;
  const { keyring, account } = keys.of(family);
  if (family.ownContracts === undefined || account === undefined) return complete;
  const feeds = jobs
    .filter(({ relayer }) => relayer === plugin)
    .map((job) => ({ contractId: job.contractId, reportingPluginConfig: productConfig(job) }));
  return family.ownContracts.configure(complete, feeds, { keyring, transmitter: account, roundMs });
}

/** Where the node owns the contracts, `transmitterID = "node"` means its own account. */
export function withOwnTransmitter(job: JobSpec, keys: NodeKeys): JobSpec {
  const family = findFamily(job.relay);
  if (family?.ownContracts === undefined || job.transmitterId !== ownTransmitter) return job;
  return { ...job, transmitterId: keys.of(family).account ?? job.transmitterId };
}

/** What the contract's config says to the product, a report in every round; to one that this node does not know, nothing. */
function productConfig({ pluginType }: JobSpec): Uint8Array {
  if (pluginType !== "median") return new Uint8Array();
  return encodeMedianOffchainConfig({
    alphaReportInfinite: false,
    alphaReportPpb: 0n,
    alphaAcceptInfinite: false,
    alphaAcceptPpb: 0n,
    deltaCMs: 3_600_000,
  });
}
