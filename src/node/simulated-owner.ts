/**
 * On a simulated chain the node is also the owner of the contracts: a feed that has a job and no config of its own gets one
 * with this node as its only oracle. Sample settings: a round every two seconds, a report in every round.
 */
import { stringify } from "smol-toml";
import { toHex } from "viem/utils";
import type { JobSpec } from "../jobs/types.ts";
import { encodeOffchainConfig } from "../ocr2/config/offchain-config.ts";
import { dealSharedSecret } from "../ocr2/config/shared-secret.ts";
import { encodeMedianOffchainConfig } from "../plugins/median/offchain-config.ts";
import type { ChainConfig } from "./config/chains.ts";
import type { NodeKeys } from "./keystore/keys.ts";

/** The chain's table in TOML, complete. */
export function ownSimulatedChain(
  chain: ChainConfig,
  jobs: readonly JobSpec[],
  keys: NodeKeys,
  roundMs = 2000,
): string {
  const feeds = Array.isArray(chain.table.Feeds) ? chain.table.Feeds : [];
  const owned = new Map(jobs.map((job) => [job.contractId.toLowerCase(), job]));
  return stringify({
    ...chain.table,
    Feeds: feeds.map((feed) => {
      const job = owned.get(String(feed.Address).toLowerCase());
      return feed.Config !== undefined || job === undefined
        ? feed
        : { ...feed, Config: feedConfig(keys, roundMs, productConfig(job)) };
    }),
  });
}

/** What the contract's config says to the product; to one that this node does not know, nothing. */
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

function feedConfig(
  { keyring, transmitter }: NodeKeys,
  roundMs: number,
  reportingPluginConfig: Uint8Array,
): Record<string, unknown> {
  const { publicKey, configEncryptionPublicKey } = keyring.offchain;
  return {
    Signers: [toHex(keyring.onchain.publicKey)],
    Transmitters: [transmitter],
    F: 0,
    OffchainConfig: toHex(
      encodeOffchainConfig({
        deltaProgressMs: Math.max(10_000, 5 * roundMs),
        deltaResendMs: 5000,
        deltaRoundMs: roundMs,
        deltaGraceMs: 200,
        deltaStageMs: 2000,
        rMax: 20,
        s: [1],
        offchainPublicKeys: [publicKey],
        peerIds: [keyring.peerId],
        reportingPluginConfig,
        maxDurationQueryMs: 0,
        maxDurationObservationMs: 1500,
        maxDurationReportMs: 1000,
        maxDurationShouldAcceptFinalizedReportMs: 1000,
        maxDurationShouldTransmitAcceptedReportMs: 1000,
        sharedSecretEncryptions: dealSharedSecret([configEncryptionPublicKey]),
      }),
    ),
  };
}
