import { describe, expect, it } from "vitest";
import {
  checkLocalConfig,
  dangerousDevelopmentMode,
  defaultLocalConfig,
  localConfigBounds,
} from "../../../src/ocr2/config/local-config.ts";

const wrong = {
  ...defaultLocalConfig,
  blockchainTimeoutMs: 999,
  contractConfigConfirmations: 101,
  contractConfigTrackerPollIntervalMs: 120_001,
  contractConfigLoadTimeoutMs: 999,
  contractTransmitterTransmitTimeoutMs: 60_001,
  databaseTimeoutMs: 99,
  defaultMaxDurationInitializationMs: Number.NaN,
};

describe("the local config", () => {
  it("is fine with the defaults and at its bounds", () => {
    checkLocalConfig(defaultLocalConfig);
    checkLocalConfig({
      ...defaultLocalConfig,
      blockchainTimeoutMs: 1000,
      contractConfigConfirmations: 1,
      databaseTimeoutMs: 100,
    });
    checkLocalConfig({
      ...defaultLocalConfig,
      contractConfigConfirmations: 100,
      contractConfigLoadTimeoutMs: 3_600_000,
    });
  });

  it("names all that is out of bounds at once", () => {
    expect(() => checkLocalConfig(wrong)).toThrow(
      "Cannot use the local config: blockchainTimeoutMs is 999, it must be 1000 to 20000; " +
        "contractConfigConfirmations is 101, it must be 1 to 100; " +
        "contractConfigTrackerPollIntervalMs is 120001, it must be 1000 to 120000; " +
        "contractConfigLoadTimeoutMs is 999, it must be 1000 to 3600000; " +
        "contractTransmitterTransmitTimeoutMs is 60001, it must be 1000 to 60000; " +
        "databaseTimeoutMs is 99, it must be 100 to 10000; " +
        "defaultMaxDurationInitializationMs is NaN, it must be 1000 to 3600000",
    );
    expect(() => checkLocalConfig({ ...defaultLocalConfig, contractConfigConfirmations: 1.5 })).toThrow("is 1.5");
  });

  it("has wide bounds in development mode, which takes the whole sentence; a limit is never zero or endless", () => {
    const wide = { ...wrong, defaultMaxDurationInitializationMs: 1 };
    checkLocalConfig({ ...wide, developmentMode: dangerousDevelopmentMode });
    for (const databaseTimeoutMs of [0, Number.NaN, Infinity]) {
      const config = { ...wide, databaseTimeoutMs, developmentMode: dangerousDevelopmentMode };
      expect(() => checkLocalConfig(config)).toThrow(/databaseTimeoutMs is .*, it must be 1 to 86400000/);
    }
    expect(() => checkLocalConfig({ ...wrong, developmentMode: "true" })).toThrow(RangeError);
  });

  it.each(Object.entries(localConfigBounds))("takes %s up to its bounds, and not beyond", (name, { least, most }) => {
    const check = (value: number) => () => checkLocalConfig({ ...defaultLocalConfig, [name]: value });
    for (const value of [least, most]) expect(check(value)).not.toThrow();
    for (const value of [least - 1, most + 1]) expect(check(value)).toThrow(RangeError);
  });
});
