/** The node's keys: new at every start, held in memory, and never given to a plugin. */
import { randomBytes } from "node:crypto";
import type { ChainAccount, ChainFamily } from "../../chains/family.ts";
import type { Keystore } from "../../loop/keystore/types.ts";
import type { OnchainKeyring, OracleKeyring } from "../../ocr2/keys/keyring.ts";
import { createOffchainKeyring } from "../../ocr2/keys/offchain-keyring.ts";
import { encodePeerId } from "../../ocr2/keys/peer-id.ts";
import { createKeystore } from "./keystore.ts";

export interface NodeKeys {
  /** The node's keys on chains of a family; the same ones on every call. */
  of(family: ChainFamily): ChainKeys;
}

export interface ChainKeys {
  /** Signs observations and reports. The offchain keys and the peer ID are the node's, the same for all families. */
  readonly keyring: OracleKeyring;
  /** The id of the node's account in the keystore. `undefined`: the node has no keys for the family. */
  readonly account: string | undefined;
  /** For the family's relayers to sign transactions with. It has no other family's accounts. */
  readonly keystore: Keystore;
}

export function createNodeKeys(): NodeKeys {
  const offchain = createOffchainKeyring({ signingKey: randomBytes(32), configEncryptionKey: randomBytes(32) });
  const peerId = encodePeerId(offchain.publicKey);
  const made = new Map<string, ChainKeys>();

  function make({ name, keys }: ChainFamily): ChainKeys {
    const onchain = keys?.onchain.open(keys.onchain.generate()) ?? noOnchainKeyring(name);
    const account = keys?.account.open(keys.account.generate());
    const accounts: readonly ChainAccount[] = account === undefined ? [] : [account];
    return { keyring: { offchain, onchain, peerId }, account: account?.id, keystore: createKeystore(accounts) };
  }

  return {
    of(family) {
      const keys = made.get(family.name) ?? make(family);
      made.set(family.name, keys);
      return keys;
    },
  };
}

/** Its empty public key is in no config, so it is never asked to sign. */
function noOnchainKeyring(family: string): OnchainKeyring {
  return {
    publicKey: new Uint8Array(),
    maxSignatureLength: 0,
    async sign() {
      throw new Error(`Cannot sign a report: the node has no keys for ${family} chains`);
    },
    verify: async () => false,
  };
}
