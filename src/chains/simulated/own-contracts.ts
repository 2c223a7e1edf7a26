/**
 * On a simulated chain the node also owns the contracts: a feed that has a job but no config gets one with this node as its only
 * oracle. Its settings make a report in every round.
 */
import { encodeOffchainConfig } from "../../ocr2/config/offchain-config.ts";
import { dealSharedSecret } from "../../ocr2/config/shared-secret.ts";
import { isTable, type TomlTable } from "../../settings/toml.ts";
import { toHex } from "../../values/bytes.ts";
import type { OnlyOracle, OwnContracts, OwnFeed } from "../family.ts";

export const simulatedContracts: OwnContracts = {
  decimalsOf(table, contractId) {
    const found = feedsOf(table).find((feed) => isAt(feed, contractId));
    return found === undefined ? undefined : Number(found.Decimals);
  },

  configure: (table, feeds, oracle) => ({
    ...table,
    Feeds: feedsOf(table).map((feed) => {
      const owned = feeds.find(({ contractId }) => isAt(feed, contractId));
      return feed.Config !== undefined || owned === undefined ? feed : { ...feed, Config: feedConfig(owned, oracle) };
    }),
  }),
};

function feedsOf({ Feeds }: TomlTable): readonly TomlTable[] {
  return Array.isArray(Feeds) ? Feeds.filter(isTable) : [];
}

function isAt({ Address }: TomlTable, contractId: string): boolean {
  return String(Address).toLowerCase() === contractId.toLowerCase();
}

function feedConfig({ reportingPluginConfig }: OwnFeed, { keyring, transmitter, roundMs }: OnlyOracle): TomlTable {
  const { publicKey, configEncryptionPublicKey } = keyring.offchain;
  const offchainConfig = encodeOffchainConfig({
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
  });
  return {
    Signers: [`0x${toHex(keyring.onchain.publicKey)}`],
    Transmitters: [transmitter],
    F: 0n,
    OffchainConfig: `0x${toHex(offchainConfig)}`,
  };
}
