/** The node's keys: made anew at every start, held in memory, and never handed to a plugin. */
import { randomBytes } from "node:crypto";
import { generatePrivateKey, privateKeyToAccount, sign } from "viem/accounts";
import { hexToBytes, isHash, toHex } from "viem/utils";
import { createSecp256k1Keyring } from "../../chains/evm/keyring.ts";
import { evmReportHash } from "../../chains/evm/report-hash.ts";
import type { Keystore } from "../../loop/keystore/types.ts";
import type { OracleKeyring } from "../../ocr2/keys/keyring.ts";
import { createOffchainKeyring } from "../../ocr2/keys/offchain-keyring.ts";
import { encodePeerId } from "../../ocr2/keys/peer-id.ts";

export interface NodeKeys {
  /** Signs observations and reports. */
  readonly keyring: OracleKeyring;
  /** The account that transmits, as the chain spells it. */
  readonly transmitter: string;
  /** What relayers sign transactions with. */
  readonly keystore: Keystore;
}

export function createNodeKeys(): NodeKeys {
  const offchain = createOffchainKeyring({ signingKey: randomBytes(32), configEncryptionKey: randomBytes(32) });
  const onchain = createSecp256k1Keyring({ privateKey: randomBytes(32), reportHash: evmReportHash });
  const privateKey = generatePrivateKey();
  const { address } = privateKeyToAccount(privateKey);
  return {
    keyring: { offchain, onchain, peerId: encodePeerId(offchain.publicKey) },
    transmitter: address,
    keystore: {
      accounts: async () => [address],
      async sign(account, data) {
        if (account !== address)
          throw new Error(`failed to sign data for account: ${account}: there is no such account`);
        if (data.length === 0) return new Uint8Array();
        const hash = toHex(data);
        if (!isHash(hash))
          throw new RangeError(`failed to sign data for account: ${account}: the data is not 32 bytes`);
        return hexToBytes(await sign({ hash, privateKey, to: "hex" }));
      },
      async decrypt(account) {
        throw new Error(`failed to decrypt data for account: ${account}: the account only signs`);
      },
    },
  };
}
