import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { createKeystoreClient } from "../../src/loop/keystore/client.ts";
import { keystoreRoutes } from "../../src/loop/keystore/server.ts";
import type { Keystore } from "../../src/loop/keystore/types.ts";
import { bytes, type Recorded, recording } from "./samples.ts";
import { pairs } from "./support.ts";

const sample: Keystore = {
  accounts: async () => ["0xAb", "second"],
  async sign(account, data) {
    if (account !== "0xAb") throw new Error("no such key");
    return data.length === 0 ? bytes() : bytes(1, ...data);
  },
  async decrypt() {
    throw new ConnectError("nothing to decrypt with", Code.Unimplemented);
  },
};

describe.each(pairs)("a keystore over $name", ({ create }) => {
  const connect = async (keystore: Keystore) => createKeystoreClient(await create().main(keystoreRoutes(keystore)));

  it("lists its accounts, in order", async () => {
    expect(await (await connect(sample)).accounts()).toEqual(["0xAb", "second"]);
    expect(await (await connect({ ...sample, accounts: async () => [] })).accounts()).toEqual([]);
  });

  it("signs", async () => {
    const calls: Recorded[] = [];
    const client = await connect(recording(sample, calls));
    expect(await client.sign("0xAb", bytes(2, 3), { timeoutMs: 60_000 })).toEqual(bytes(1, 2, 3));
    expect(calls).toMatchObject([
      { method: "sign", args: ["0xAb", bytes(2, 3)], options: { timeoutMs: expect.any(Number) } },
    ]);
  });

  it("answers a request without data when the account exists", async () => {
    const client = await connect(sample);
    expect(await client.sign("0xAb", bytes())).toEqual(bytes());
    await expect(client.sign("other", bytes())).rejects.toThrow("no such key");
  });

  it("names the account of a failure on both sides, as chainlink-common does", async () => {
    const client = await connect(sample);
    await expect(client.sign("other", bytes(1))).rejects.toMatchObject({
      code: Code.Unknown,
      rawMessage: "failed to sign data for account: other: failed to sign data for account: other: no such key",
    });
    const broken = await connect({ ...sample, accounts: async () => Promise.reject(new Error("locked")) });
    await expect(broken.accounts()).rejects.toMatchObject({
      code: Code.Unknown,
      rawMessage: "failed to get accounts: failed to get accounts: locked",
    });
  });

  it("decrypts, or is Unimplemented", async () => {
    const client = await connect({ ...sample, decrypt: async (_, data) => data.toReversed() });
    expect(await client.decrypt("0xAb", bytes(1, 2))).toEqual(bytes(2, 1));
    await expect((await connect(sample)).decrypt("0xAb", bytes(1))).rejects.toMatchObject({
      code: Code.Unimplemented,
      rawMessage: expect.stringContaining("nothing to decrypt with"),
    });
  });
});
