import { describe, expect, it } from "vitest";
import { anyString, url } from "../../src/settings/fields.ts";
import { checkDocument, table, tableOf } from "../../src/settings/schema.ts";
import { hideInArguments, hideSecrets, isSecretName } from "../../src/settings/secrets.ts";
import { parseToml } from "../../src/settings/toml.ts";

const hex = "4f3edf983ac636a65a842ce7c78d9aa706d3b113bce9c46f30d7d21715b23b1d";

describe("a secret", () => {
  it.each([
    "API_KEY",
    "apiKey",
    "BEARER",
    "PG_PASS",
    "pgpass",
    "PIN",
    "SEED",
    "walletSeed",
    "--db-password",
    "x-auth",
    "JWT",
  ])("is known by its name: %s", (name) => expect(isSecretName(name)).toBe(true));

  it.each(["ping", "host", "seedling", "compression", "PATH", "spinner", "HTTPURL", "ChainID", "ocrKeyBundleID"])(
    "is not seen in %s",
    (name) => expect(isSecretName(name)).toBe(false),
  );

  it.each([
    [["--token=hunter2"], ["--token=********"]],
    [
      ["--api-key", "hunter2", "--port", "80"],
      ["--api-key", "********", "--port", "80"],
    ],
    [
      ["-H", "Authorization: Bearer hunter2"],
      ["-H", "Authorization: ********"],
    ],
    [
      ["-c", "PG_PASS=hunter2 exec x --port 80"],
      ["-c", "PG_PASS=********"],
    ],
    [
      ["-c", "run --seed hunter2"],
      ["-c", "run --seed ********"],
    ],
    [
      ["login", "token", "hunter2"],
      ["login", "token", "********"],
    ],
    [['{"password": "hunter2"}'], ['{"password": ********']],
    [["host=db password=hunter2"], ["host=db password=********"]],
    [["postgres://me:hunter2@db/x?password=hunter2"], ["postgres://********@db/x?********"]],
    [
      ["--config", "/etc/keys/node.toml", "--level=info", "a:b"],
      ["--config", "/etc/keys/node.toml", "--level=info", "a:b"],
    ],
  ])("is not shown among arguments: %j", (args, shown) => {
    expect(hideInArguments(args)).toEqual(shown);
  });

  it.each([
    hex,
    `0x${hex}`,
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "5JfQd8Wn2qk9hCkq8bXwz4r7XvVYg6mT3oL1sN5pR2uAaBcDeFgHiJkLmNoPqRsTuVwXyZ12",
    `-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIB+x\n-----END EC PRIVATE KEY-----`,
    "-----BEGIN PRIVATE KEY-----\nMHcCAQEEIB+x",
    "test test test test test test test test test test test junk",
  ])("is known by its look: %s", (key) => {
    for (const text of [key, `before ${key}`]) expect(hideSecrets(text)).not.toContain(key.slice(-10));
  });

  it.each([
    `sha256:${hex}`,
    "0x5FbDB2315678afecb367f032d93F642f64180aa3",
    "123e4567-e89b-12d3-a456-426614174000",
    "/opt/Chainlink/plugins/chainlink-solana-1.2.3/bin",
    "enable dangerous development mode",
    "KEY / USD",
    "1m30s",
  ])("is not seen in %s", (text) => expect(hideSecrets(text)).toBe(text));
});

it("a mistake does not quote what is a secret", () => {
  const schema = table({ url: url("http:"), apiKey: anyString(), env: tableOf(anyString()), port: url("http:") });
  const text = `url = "ftp://me:hunter2@host/"\napiKey = 1234\nport = "token=hunter2"\n[env]\nPIN = 1234\n`;
  const messages = checkDocument(parseToml(text, "x"), schema).mistakes.map(({ message }) => message);
  expect(messages).toEqual([
    'Expected a URL that begins with http://, got "ftp://********@host/"',
    "Expected a string",
    "Expected a string",
    'Expected a URL that begins with http://, got "token=********"',
  ]);
});
