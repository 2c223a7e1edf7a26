/** Chains whose contracts the node owns (the simulated one): the configs of their contracts, and the account of jobs on them. */
import { findFamily } from "../../chains/index.ts";
import type { JobSpec } from "../../jobs/types.ts";
import { encodeMedianOffchainConfig } from "../../plugins/median/offchain-config.ts";
import type { TomlTable } from "../../settings/toml.ts";
import type { ChainConfig } from "../config/chains.ts";
import type { NodeKeys } from "../keystore/keys.ts";

/** The `transmitterID` of a job that leaves its account to the node. */
const ownTransmitter = "node";

/** @returns the chain's table; where the node owns the contracts, with a config for each contract that a job is for */
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

/** The product's part of the contract's config: a median reports in every round; generic products get no bytes. */
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
