import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { withoutConfig } from "../../../src/node/relayers/refused-config.ts";
import { errorFromHandler } from "../../../transports/calls/errors.ts";

const config = 'ChainID = "x"\n[[Nodes]]\nName = "none"\nAPIKey = "hunter2"\n';

describe("a config that a relayer plugin refused", () => {
  it("is not repeated in what the node says of it", () => {
    const refused = new ConnectError(`failed to decode config toml: toml: no such type:\n\t${config}`, Code.Unknown);
    expect(withoutConfig(refused, config, "starknet.x")).toMatchObject({
      code: Code.Unknown,
      rawMessage: "failed to decode config toml: toml: no such type",
    });
  });

  it("is not repeated in part, by an error that was too long", () => {
    const long = `${config}Comment = "${"x".repeat(10_000)}"\n`;
    const cut = errorFromHandler(new Error(`failed to decode config toml: toml: no such type:\n\t${long}`));
    expect(cut.rawMessage).toContain("hunter2");
    expect(withoutConfig(cut, long, "starknet.x")).toMatchObject({
      rawMessage: "failed to decode config toml: toml: no such type",
    });
  });

  it("may be in the wrong shape: then the error advises what to do", () => {
    const text = "failed to decode config toml: strict mode: fields in the document are missing in the target struct";
    const refused = new ConnectError(`${text}:\n\t${config}`, Code.Unknown);
    expect(withoutConfig(refused, config, "starknet.x")).toMatchObject({
      rawMessage: `${text}; if it reads its chain in the other shape, set configShape of [plugins."starknet.x"]`,
    });
  });

  it("has nothing to do with a plugin that is unavailable or slow", () => {
    for (const code of [Code.Unavailable, Code.DeadlineExceeded]) {
      const error = new ConnectError("gone", code);
      expect(withoutConfig(error, config, "starknet.x")).toBe(error);
    }
  });
});
