/** What holds for every chain family of the registry. */
import { describe, expect, it } from "vitest";
import { chainFamilies, findFamily } from "../../src/chains/index.ts";
import { namePattern } from "../../src/values/name.ts";

const context = {
  reportTimestamp: { configDigest: new Uint8Array(32).fill(1), epoch: 1, round: 2 },
  extraHash: new Uint8Array(32).fill(3),
};
const report = new Uint8Array(192).fill(4);

it("each has a name and a table of its own", () => {
  const names = chainFamilies.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(new Set(chainFamilies.map(({ table }) => table)).size).toBe(names.length);
  for (const name of names) expect(findFamily(name)?.name).toBe(name);
  expect(findFamily("EVM")).toBeUndefined();
});

describe.each(chainFamilies.map((family) => [family.name, family] as const))("%s", (_, family) => {
  it("has a name that plugins may begin with", () => {
    expect(family.name).toMatch(namePattern);
    expect(family.name).not.toContain(".");
  });

  it("accepts a chain that is not enabled with nothing but its id, a string or a number", () => {
    for (const ChainID of ["1", 1, 1n]) {
      expect(family.schema.parse({ ChainID, Enabled: false, Unheard: { of: 1 } })).toMatchObject({ ChainID: "1" });
    }
    expect(family.schema.safeParse({ ChainID: "a b" }).success).toBe(false);
    expect(family.schema.safeParse({}).success).toBe(false);
  });
});

const withKeys = chainFamilies.flatMap(({ name, keys }) => (keys === undefined ? [] : [[name, keys] as const]));

describe.each(withKeys)("%s", (_, { onchain, account }) => {
  it("has keys that sign reports and are recognised", async () => {
    const secret = onchain.generate();
    const [mine, other] = [onchain.open(secret), onchain.open(onchain.generate())];
    expect(onchain.open(secret).publicKey).toEqual(mine.publicKey);
    const signature = await mine.sign(context, report);
    expect(signature.length).toBeLessThanOrEqual(mine.maxSignatureLength);
    expect(await other.verify(mine.publicKey, context, report, signature)).toBe(true);
    expect(await mine.verify(other.publicKey, context, report, signature)).toBe(false);
  });

  it("has accounts that are found again by their private key, and sign", async () => {
    const secret = account.generate();
    expect(account.open(secret).id).toBe(account.open(secret).id);
    expect(account.open(secret).id).not.toBe(account.open(account.generate()).id);
    const signature = await account.open(secret).sign(new Uint8Array(32).fill(7));
    expect(signature.length).toBeGreaterThan(0);
  });
});

it.each([
  ["evm", "0x5FbDB2315678afecb367f032d93F642f64180aa3", undefined],
  ["evm", "0x5fbdb2315678afecb367f032d93f642f64180aa3", undefined],
  ["evm", "0x5fbdb2315678afecb367f032d93f642f64180aa", "An EVM address is 0x and 40 hexadecimal digits"],
  ["evm", "5fbdb2315678afecb367f032d93f642f64180aa3", "An EVM address is 0x and 40 hexadecimal digits"],
])("%s says of the contract %s: %s", (name, contractId, message) => {
  expect(findFamily(name)?.checkContract?.(contractId)).toBe(message);
});
