/** What a host serves to the relayers of one chain family: they name an account, and the keys stay here. */
import type { ChainAccount } from "../../chains/family.ts";
import type { Keystore } from "../../loop/keystore/types.ts";

export function createKeystore(accounts: readonly ChainAccount[]): Keystore {
  const find = (id: string): ChainAccount => {
    const account = accounts.find((one) => one.id === id);
    if (account === undefined) throw new Error("there is no such account");
    return account;
  };
  return {
    accounts: async () => accounts.map(({ id }) => id),
    async sign(id, data) {
      const account = find(id);
      return data.length === 0 ? new Uint8Array() : account.sign(data);
    },
    async decrypt(id) {
      find(id);
      throw new Error("the account only signs");
    },
  };
}
