/** The keys that an oracle has on EVM chains, both on secp256k1. */
import { secp256k1 } from "@noble/curves/secp256k1";
import { privateKeyToAccount, sign } from "viem/accounts";
import { hexToBytes, isHash, toHex } from "viem/utils";
import type { ChainAccount, FamilyKeys } from "../family.ts";
import { secp256k1OnchainKeys } from "../secp256k1-keyring.ts";
import { evmReportHash } from "./report-hash.ts";

export const evmKeys: FamilyKeys = {
  onchain: secp256k1OnchainKeys(evmReportHash),
  account: { generate: () => secp256k1.utils.randomPrivateKey(), open: openAccount },
};

/** Its id is the address, with the checksum's capitals. It signs hashes of 32 bytes; a signature is r, s and 27 or 28. */
function openAccount(bytes: Uint8Array): ChainAccount {
  const privateKey = toHex(bytes);
  return {
    id: privateKeyToAccount(privateKey).address,
    async sign(data) {
      const hash = toHex(data);
      if (!isHash(hash)) throw new RangeError("the data is not 32 bytes");
      return hexToBytes(await sign({ hash, privateKey, to: "hex" }));
    },
  };
}
