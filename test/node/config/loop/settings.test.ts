/** The sections that are for plugins in other languages. */
import { afterAll, describe, expect, it } from "vitest";
import { formatConfig } from "../../../../src/node/config/show.ts";
import { createConfigs } from "../configs.ts";

const { load, mistakes, remove } = createConfigs();
afterAll(remove);

describe("sections for plugins in other languages", () => {
  it("are read with the Chainlink node's names, durations and sizes", () => {
    const { sections } = load(`
[LOOPP]
GRPCServerMaxRecvMsgSize = "42mb"
[Feature]
LogPoller = true
[Database]
DefaultQueryTimeout = "1500ms"
[Database.Listener]
FallbackPollInterval = "30s"
[Mercury.Transmitter]
TransmitQueueMaxSize = 4294967295
[AutoPprof]
BlockProfileRate = 1
`).loop;
    expect(sections).toEqual({
      LOOPP: { GRPCServerMaxRecvMsgSize: 42_000_000 },
      Feature: { LogPoller: true },
      Database: { DefaultQueryTimeout: "1.5s", Listener: { FallbackPollInterval: "30s" } },
      Mercury: { Transmitter: { TransmitQueueMaxSize: 4_294_967_295 } },
      AutoPprof: { BlockProfileRate: 1 },
    });
  });

  it("take secrets from the Chainlink node's variables, before the file", () => {
    const { loop, origins } = load('[Database]\nURL = "postgresql://file/d"', [], {
      CL_DATABASE_URL: "postgresql://environment/d",
      CL_PYROSCOPE_AUTH_TOKEN: "token",
      CL_CRE_SETTINGS: "{}",
      CL_LOOPP_HOSTNAME: "plugins.local",
    });
    expect(loop.sections.Database?.URL).toBe("postgresql://environment/d");
    expect(loop.sections.Pyroscope?.AuthToken).toBe("token");
    expect(origins.get("Database.URL")).toEqual({ kind: "environment", variable: "CL_DATABASE_URL" });
    expect(loop.forwarded).toEqual({ CL_CRE_SETTINGS: "{}" });
    expect(loop.metricsHost).toBe("plugins.local");
    expect(load("", [], { CL_LOOPP_HOSTNAME: "[::1]" }).loop.metricsHost).toBe("::1");
    expect(load("").loop).toEqual({ sections: {}, forwarded: {}, metricsHost: "127.0.0.1" });
  });

  it.each([
    [
      "[Tracing]\nEnabled = true",
      "node.toml:2: Tracing.Enabled: Tracing needs a CollectorTarget: add it, or turn tracing off",
    ],
    [
      '[Tracing]\nCollectorTarget = "10.0.0.1:4317"',
      'node.toml:2: Tracing.CollectorTarget: Expected a host name and a port, such as "collector:4317" (plugins do not accept an IP address), got "10.0.0.1:4317"',
    ],
    [
      '[Tracing.Attributes]\n"a b" = "c"',
      'node.toml:2: Tracing.Attributes."a b": It becomes part of a variable\'s name: it must not be empty or contain blanks or =',
    ],
    ["[Mercury.Transmitter]\nTransmitConcurrency = -1", "Expected a whole number from 0 to 4294967295, got -1"],
    ['[Database]\nDefaultLockTimeout = "-1s"', "-1s is out of range: it must not be negative"],
    ['[LOOPP]\nGRPCServerMaxRecvMsgSize = "4 elephants"', 'Expected a size such as "4mb", at most 2147483647 bytes'],
    ["[Database]\nMigrateOnStartup = true", "Database.MigrateOnStartup: There is no such key here, only "],
    [
      '[Telemetry]\nDurableEmitterEnabled = true\nChipIngressEndpoint = "chip:1"',
      "Telemetry.DurableEmitterEnabled: A durable emitter keeps its events in a database: set CL_DATABASE_URL, or turn the emitter off",
    ],
  ])("refuse what would end a plugin or cannot be: %s", (toml, message) => {
    expect(mistakes(toml)).toContain(message);
  });

  it("refuse a database URL that is not valid, without showing it", () => {
    const said = mistakes("", [], { CL_DATABASE_URL: "mysql://user:hunter2@host" });
    expect(said).toBe("CL_DATABASE_URL: It is not a URL that begins with postgresql://");
  });

  it("are shown without secrets", () => {
    const text = formatConfig(
      load(
        `[Database]\nURL = "postgresql://user:hunter2@host/d"\n[Telemetry.AuthHeaders]\nWho = "hunter2"\n[Tracing.Attributes]\nenv = "x"`,
        [],
        {
          CL_PYROSCOPE_AUTH_TOKEN: "hunter2",
        },
      ),
    );
    expect(text).not.toContain("hunter2");
    const lines = text.split("\n").map((line) => line.replace(/ {2,}/g, "  "));
    expect(lines).toContain('Database.URL = "********"  # node.toml:2');
    expect(lines).toContain('Telemetry.AuthHeaders.Who = "********"  # node.toml:4');
    expect(lines).toContain('Pyroscope.AuthToken = "********"  # CL_PYROSCOPE_AUTH_TOKEN');
    expect(lines).toContain('Tracing.Attributes.env = "x"  # node.toml:6');
  });
});
