import { privateKeyToAddress } from "viem/accounts";
import { recoverAddress, toHex } from "viem/utils";
import { expect, it } from "vitest";
import { evmKeys } from "../../../src/chains/evm/keys.ts";

const privateKey = new Uint8Array(32).fill(0x77);
const account = evmKeys.account.open(privateKey);

it("an account is its address with the checksum's capitals", () => {
  expect(account.id).toBe(privateKeyToAddress(toHex(privateKey)));
});

it("an account signs a hash so that its address is found again", async () => {
  const hash = new Uint8Array(32).fill(9);
  const signature = await account.sign(hash);
  expect(signature).toHaveLength(65);
  expect(await recoverAddress({ hash: toHex(hash), signature: toHex(signature) })).toBe(account.id);
});

it("an account signs nothing but hashes", async () => {
  await expect(account.sign(new Uint8Array(31))).rejects.toThrow("the data is not 32 bytes");
});
