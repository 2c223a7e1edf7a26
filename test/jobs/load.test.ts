/** Job specs. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { readJobFiles } from "../../src/jobs/files.ts";
import { type LoadJobOptions, loadJobs, parseJob } from "../../src/jobs/load.ts";
import type { MedianJob } from "../../src/jobs/types.ts";
import { ConfigError } from "../../src/settings/mistakes.ts";

const peer = "12D3KooWPjceQrSwdWXPyLLeABRXmuqt69Rg3sBYbU1Nft9HyQ6X";

/** A job with everything in it, one key a line. */
const full = `type = "offchainreporting2"
schemaVersion = 1
name = "WIDGET / USD local"
externalJobID = "0F1E2D3C-4b5a-4978-8796-a5b4c3d2e1f0"
forwardingAllowed = true
maxTaskDuration = "3s"
relay = "evm"
contractID = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
transmitterID = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
ocrKeyBundleID = "${"0F".repeat(32)}"
p2pv2Bootstrappers = ["${peer}@boot.example:5001", "p2p_${peer}@10.0.0.1:1/[::1]:2"]
allowNoBootstrappers = false
pluginType = "median"
blockchainTimeout = "10s"
contractConfigTrackerPollInterval = "5s"
contractConfigConfirmations = 1
captureEATelemetry = true
observationSource = """
  // three sources, one may fail
  a       [type=http method=GET url="http://127.0.0.1:9001/widget"];
  a_price [type=jsonparse path="data,price"];
  c       [type=bridge name="widget-adapter" requestData="{\\\\"data\\\\":{\\\\"from\\\\":\\\\"WIDGET\\\\"}}"];
  c_price [type=jsonparse path="result"];
  mid     [type=median allowedFaults=1];
  a -> a_price -> mid;
  c -> c_price -> mid;
"""
[onchainSigningStrategy]
strategyName = "single-chain"
[relayConfig]
chainID = 31337
fromBlock = 9223372036854775807
sendingKeys = ["0x70997970C51812dc3A010C7d01b50e0d17dc79C8"]
[pluginConfig]
juelsPerFeeCoinSource = """
  p     [type=jsonparse data="{}" path="price" lax=true];
  inv   [type=divide input="1" divisor="$(p)" precision=18];
"""
gasPriceSubunitsSource = 'g [type=jsonparse data="5"]'
[pluginConfig.juelsPerFeeCoinCache]
updateInterval = "1m"
stalenessAlertThreshold = "10m"
[pluginConfig.deviationFunc]
type = "pendle"
expiresAt = 1790000000.5
multiplier = "1000000000000000000"
`;

/** As little as a job can be. */
const least = `type = "offchainreporting2"
schemaVersion = 1
relay = "simulated"
contractID = "feed"
transmitterID = "me"
pluginType = "median"
chainID = "sim"
observationSource = 'a [type=jsonparse data="1"]'
[relayConfig]
[pluginConfig]
juelsPerFeeCoinSource = 'a [type=jsonparse data="1"]'
`;

const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

/** Every mistake, one a line. */
function mistakes(toml: string, options: LoadJobOptions = {}): string {
  try {
    parseJob(toml, "job.toml", options);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  return "";
}

function medianJob(toml: string): MedianJob {
  const job = parseJob(toml, "job.toml");
  if (job.pluginType !== "median") throw new Error("the job is not of the median");
  return job;
}

/** The smallest job, with one more line at its top or instead of the one that sets the same key. */
function withLine(line: string): string {
  const key = line.split(" ")[0];
  const lines = least.split("\n").filter((other) => other.split(" ")[0] !== key);
  return `${line}\n${lines.join("\n")}`;
}

describe("parseJob()", () => {
  it("reads every key", () => {
    const job = medianJob(full);
    expect(job).toMatchObject({
      file: "job.toml",
      name: "WIDGET / USD local",
      externalJobId: "0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0",
      plugin: "median.widget-usd-local",
      pluginType: "median",
      relay: "evm",
      chainId: "31337",
      relayer: "evm.31337",
      contractId: "0x5FbDB2315678afecb367f032d93F642f64180aa3",
      transmitterId: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
      forwardingAllowed: true,
      captureEaTelemetry: true,
      maxTaskDurationMs: 3000,
      ocrKeyBundleId: "0f".repeat(32),
      p2pv2Bootstrappers: [
        { peerId: peer, addresses: ["boot.example:5001"] },
        { peerId: peer, addresses: ["10.0.0.1:1", "[::1]:2"] },
      ],
      allowNoBootstrappers: false,
      onchainSigningStrategy: { strategyName: "single-chain" },
      localConfig: {
        blockchainTimeoutMs: 10_000,
        contractConfigTrackerPollIntervalMs: 5000,
        contractConfigConfirmations: 1,
      },
      median: {
        juelsPerFeeCoinCache: { disable: false, updateIntervalMs: 60_000, stalenessAlertThresholdMs: 600_000 },
      },
    });
    expect(job.observationSource.last.name).toBe("mid");
    expect(job.median.juelsPerFeeCoinSource.last.name).toBe("inv");
    expect(job.median.gasPriceSubunitsSource?.last.name).toBe("g");
    expect(text(job.median.deviationFunc)).toBe(
      '{"type":"pendle","expiresAt":1790000000.5,"multiplier":"1000000000000000000"}',
    );
    expect(text(job.relayConfig)).toBe(
      '{"chainID":31337,"fromBlock":9223372036854775807,"sendingKeys":["0x70997970C51812dc3A010C7d01b50e0d17dc79C8"]}',
    );
    expect(JSON.parse(text(job.pluginConfig))).toMatchObject({ juelsPerFeeCoinCache: { updateInterval: "1m" } });
  });

  it("has a default for each key that is left out", () => {
    const job = medianJob(least);
    expect(job.externalJobId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(parseJob(least, "job.toml").externalJobId).not.toBe(job.externalJobId);
    expect(job).toMatchObject({
      name: job.externalJobId,
      plugin: `median.${job.externalJobId}`,
      relayer: "simulated.sim",
    });
    expect(job.localConfig).toEqual({});
    expect(job.median.juelsPerFeeCoinCache).toEqual({
      disable: false,
      updateIntervalMs: 300_000,
      stalenessAlertThresholdMs: 86_400_000,
    });
    expect(text(job.relayConfig)).toBe('{"chainID":"sim"}');
    for (const key of ["ocrKeyBundleId", "p2pv2Bootstrappers", "maxTaskDurationMs", "onchainSigningStrategy"]) {
      expect(job).not.toHaveProperty(key);
    }
    expect(job.median).not.toHaveProperty("gasPriceSubunitsSource");
  });

  it.each([
    'maxTaskDuration = "0s"',
    'blockchainTimeout = "0h0m0s"',
    'contractConfigTrackerPollInterval = "0s"',
    "contractConfigConfirmations = 0",
    "p2pv2Bootstrappers = []",
    'ocrKeyBundleID = ""',
    'externalJobID = "00000000-0000-0000-0000-000000000000"',
    'name = ""',
  ])("takes %s for left out, as Chainlink does", (line) => {
    const [key = ""] = line.split(" ");
    // As JSON, because tasks have functions.
    const shown = (job: MedianJob) => JSON.parse(JSON.stringify({ ...job, name: "", externalJobId: "", plugin: "" }));
    const written = medianJob(withLine(line));
    expect(shown(written)).toEqual(shown(medianJob(least)));
    if (key === "externalJobID") expect(written.externalJobId).not.toMatch(/^0+-/);
    expect(written.name).toBe(written.externalJobId);
  });

  it("takes the zero values of [pluginConfig] and the chain for left out, as Chainlink does", () => {
    const cache = 'updateInterval = "0s"\nstalenessAlertThreshold = "0s"\ndisable = true';
    const job = medianJob(
      `${least.replace('"sim"', '""').replace("[relayConfig]", "[relayConfig]\nchainID = 7")}gasPriceSubunitsSource = " "
[pluginConfig.juelsPerFeeCoinCache]\n${cache}`,
    );
    expect(job.chainId).toBe("7");
    expect(job.median).not.toHaveProperty("gasPriceSubunitsSource");
    expect(job.median.juelsPerFeeCoinCache).toEqual({
      disable: true,
      updateIntervalMs: 300_000,
      stalenessAlertThresholdMs: 86_400_000,
    });
  });

  it("reads the keys of a Chainlink job that mean nothing here, and the cache's of early 2024", () => {
    const keys = [
      "gasLimit = 500_000",
      "isBootstrapPeer = false",
      'monitoringEndpoint = "ws://telemetry.example.com:4000"',
      `feedID = "0x${"0".repeat(63)}1"`,
      "streamID = 7",
      "captureAutomationCustomTelemetry = true",
      'contractConfigTrackerSubscribeInterval = "2m"',
    ];
    const former = 'juelsPerFeeCoinCacheDuration = "1m"\njuelsPerFeeCoinCacheDisabled = true\n';
    const job = medianJob(`${keys.join("\n")}\n${least}${former}`);
    expect(job.median.juelsPerFeeCoinCache).toMatchObject({ disable: true, updateIntervalMs: 60_000 });
  });

  it.each([
    "urn:uuid:0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0",
    "{0F1E2D3C-4b5a-4978-8796-a5b4c3d2e1f0}",
    "0f1e2d3c4b5a49788796a5b4c3d2e1f0",
  ])("reads an id in the form of %s", (id) => {
    const { externalJobId } = parseJob(withLine(`externalJobID = "${id}"`), "x");
    expect(externalJobId).toBe("0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0");
  });

  it.each([
    ["ETH/USD", "median.eth-usd"],
    ["  --..a b..--  ", "median.a-b"],
    ["价格", "median.0f4371a7"],
    ["黄金 / USD", "median.usd-0eb61ead"],
    ["白银 / USD", "median.usd-f6267598"],
    ["€/USD", "median.usd-2444778f"],
    ["x".repeat(64), `median.${"x".repeat(64)}`],
    ["x".repeat(200), `median.${"x".repeat(55)}-aa20c23e`],
  ])("calls the plugin of %j by a name that a plugin may have", (name, plugin) => {
    const { plugin: found } = parseJob(withLine(`name = ${JSON.stringify(name)}`), "x");
    expect(found).toBe(plugin);
    expect(found).toMatch(/^[A-Za-z0-9._-]+$/);
  });

  it.each(
    ["type", "schemaVersion", "relay", "contractID", "transmitterID", "pluginType", "observationSource"].map((key) => [
      key,
    ]),
  )("refuses a job without %s", (key) => {
    const without = least
      .split("\n")
      .filter((line) => !line.startsWith(`${key} `))
      .join("\n");
    expect(mistakes(without)).toContain(`${key}: It is missing and has no default`);
  });

  it.each([
    ['type = "bootstrap"', 'job.toml:1: type: Expected "offchainreporting2", got "bootstrap"'],
    ["schemaVersion = 2", "schemaVersion: Expected 1, got 2"],
    ['schemaVersion = "1"', 'schemaVersion: Expected 1, got "1"'],
    ["name = 5", "name: Expected a string, got 5"],
    ['externalJobID = "5"', 'externalJobID: Expected a UUID, got "5"'],
    ['forwardingAllowed = "yes"', 'forwardingAllowed: Expected true or false, got "yes"'],
    ['maxTaskDuration = "25h"', "maxTaskDuration: 25h0m0s is out of range: it must be from 1ms to 24h0m0s"],
    ["maxTaskDuration = 3", 'maxTaskDuration: Expected a duration such as "1m30s", got 3'],
    ['maxTaskDuration = "3"', 'maxTaskDuration: "3" is not a duration: the unit is missing, write "3s" for seconds'],
    ['relay = ""', 'relay: Expected the name of a relay, got ""'],
    ['contractID = " "', "contractID: It must not be empty"],
    ['ocrKeyBundleID = "0f"', 'ocrKeyBundleID: Expected 64 hexadecimal digits, got "0f"'],
    ['p2pv2Bootstrappers = "x"', 'p2pv2Bootstrappers: Expected a list, got "x"'],
    ['p2pv2Bootstrappers = ["x"]', 'p2pv2Bootstrappers[0]: Expected "peerID@host:port", got "x"'],
    [
      'p2pv2Bootstrappers = ["x@h:1"]',
      'p2pv2Bootstrappers[0]: "x" is not a peer ID: a peer ID is base58 of an ed25519 key, such as "12D3KooW..."',
    ],
    [
      // The alphabet and the length are right, what they stand for is not.
      `p2pv2Bootstrappers = ["Q${peer.slice(1)}@h:1"]`,
      "is not a peer ID: a peer ID is base58 of an ed25519 key",
    ],
    [`p2pv2Bootstrappers = ["${peer}@h"]`, 'p2pv2Bootstrappers[0]: "h" is not an address: write host:port'],
    [`p2pv2Bootstrappers = ["${peer}@h:0"]`, '"h:0" is not an address'],
    [`p2pv2Bootstrappers = ["${peer}@h:65536"]`, '"h:65536" is not an address'],
    [`p2pv2Bootstrappers = ["${peer}@h:1", 5]`, 'p2pv2Bootstrappers[1]: Expected "peerID@host:port", got 5'],
    ['pluginType = "mercury"', 'pluginType: Expected one of "median", "plugin", got "mercury"'],
    ['blockchainTimeout = "21s"', "blockchainTimeout: 21s is out of range: it must be from 1s to 20s"],
    [
      'contractConfigTrackerPollInterval = "999ms"',
      "contractConfigTrackerPollInterval: 999ms is out of range: it must be from 1s to 2m0s",
    ],
    ["contractConfigConfirmations = 101", "contractConfigConfirmations: 101 is out of range: it must be from 1 to 100"],
    ["contractConfigConfirmations = 1.5", "contractConfigConfirmations: Expected a whole number"],
    ["onchainSigningStrategy = 1", "onchainSigningStrategy: Expected a table, got 1"],
    ['observationSource = ""', "observationSource: The pipeline has no tasks (line 1 of the pipeline)"],
    ["observationSource = 1", "observationSource: Expected a pipeline as a string, got 1"],
    ["isBootstrapPeer = true", "isBootstrapPeer: This node runs no bootstrap jobs: remove the key"],
    ["isBootstrapPeer = 0", "isBootstrapPeer: Expected true or false, got 0"],
    ["gasLimit = -1", "gasLimit: Expected a whole number from 0 to 4294967295, got -1"],
    ['feedID = "0x01"', 'feedID: Expected 0x and 64 hexadecimal digits, got "0x01"'],
    ["monitoringEndpoint = 1", "monitoringEndpoint: Expected a string, got 1"],
    ["gasPriceSubunitsSource = 'x'", "gasPriceSubunitsSource: It belongs in [pluginConfig]"],
    [
      "observationTimeout = '1s'",
      "observationTimeout: There is no such key here, only allowNoBootstrappers, blockchainTimeout, ",
    ],
    ["constructor = 1", "constructor: There is no such key here"],
  ])("refuses %s", (line, message) => {
    const found = mistakes(withLine(line));
    expect(found).toContain(message);
    expect(found).toMatch(/^job\.toml:1: [^\n]*$/);
  });

  it.each([
    ["[pluginConfig]", "[pluginConfig]\nfoo = 1", "pluginConfig.foo: There is no such key here, only deviationFunc, "],
    [
      "juelsPerFeeCoinSource",
      "gasPriceSubunitsSource",
      "pluginConfig.juelsPerFeeCoinSource: It is missing and has no default",
    ],
    ["[relayConfig]\n", "", "relayConfig: It is missing and has no default"],
    [
      "[relayConfig]",
      "[relayConfig]\nchainID = 7",
      'chainID: It is "sim" here, but "7" in [relayConfig]: remove one of the two',
    ],
    ["[relayConfig]", "[relayConfig]\nlimit = nan", "relayConfig: JSON has no number NaN"],
    ['chainID = "sim"\n', "", "relayConfig.chainID: It is missing: say which chain the contract is on"],
    ['"simulated"', '"evm"', "contractID: An EVM address is 0x and 40 hexadecimal digits"],
  ])("refuses a job with %j changed to %j", (from, to, message) => {
    expect(mistakes(least.replace(from, to))).toContain(message);
  });

  it.each([
    ["updateInterval", '"29s"', "29s is out of range: it must be from 30s to 20m0s"],
    ["updateInterval", '"21m"', "21m0s is out of range: it must be from 30s to 20m0s"],
    ["stalenessAlertThreshold", '"-1s"', "-1s is out of range"],
    ["disable", "1", "Expected true or false, got 1"],
    ["ttl", "1", "There is no such key here, only disable, stalenessAlertThreshold, updateInterval"],
  ])("refuses a cache with %s = %s", (key, value, message) => {
    const found = mistakes(`${least}[pluginConfig.juelsPerFeeCoinCache]\n${key} = ${value}`);
    expect(found).toContain(`job.toml:13: pluginConfig.juelsPerFeeCoinCache.${key}: ${message}`);
  });

  it.each([
    ['type = "other"\nexpiresAt = 1', 'pluginConfig.deviationFunc.type: Expected "pendle", got "other"'],
    ['type = "pendle"', "pluginConfig.deviationFunc.expiresAt: It is missing and has no default"],
    [
      'type = "pendle"\nexpiresAt = -1',
      "pluginConfig.deviationFunc.expiresAt: Expected a time in seconds since 1970, got -1",
    ],
    [
      'type = "pendle"\nexpiresAt = 1\nmultiplier = "0"',
      "pluginConfig.deviationFunc.multiplier: Expected a positive integer as a string",
    ],
  ])("refuses a deviation function with %j", (table, message) => {
    expect(mistakes(`${least}[pluginConfig.deviationFunc]\n${table}`)).toContain(message);
  });

  it("says where the fee coin's pipeline belongs", () => {
    expect(mistakes(`juelsPerFeeCoinSource = "x"\n${least}`)).toBe(
      "job.toml:1: juelsPerFeeCoinSource: It belongs in [pluginConfig]",
    );
  });

  it("points at the line inside a pipeline, with every mistake in it", () => {
    const toml = least.replace(
      /observationSource.*/,
      'observationSource = """\n  // prices\n  a [type=htp];\n  b [type=multiply\n     times=abc];\n  a -> b\n"""',
    );
    expect(mistakes(toml).split("\n")).toEqual([
      expect.stringMatching(
        /^job\.toml:10: observationSource: Task "a", type: there is no task type "htp", .* \(line 2 of the pipeline\)$/,
      ),
      'job.toml:12: observationSource: Task "b", times: Expected a number, got "abc" (line 4 of the pipeline)',
    ]);
  });

  it("lifts OCR2's bounds in development mode", () => {
    const job = withLine('contractConfigTrackerPollInterval = "50ms"');
    expect(mistakes(job)).toContain("50ms is out of range");
    expect(parseJob(job, "x", { developmentMode: true }).localConfig).toEqual({
      contractConfigTrackerPollIntervalMs: 50,
    });
  });

  it("checks the relay and the chain against those that there are", () => {
    const chains = [
      { family: { name: "simulated" }, chainId: "sim", enabled: false },
      { family: { name: "simulated" }, chainId: "other", enabled: true },
    ];
    expect(mistakes(least.replace('"simulated"', '"carrier"'), { chains })).toContain(
      'job.toml:3: relay: There is no relay "carrier", only evm, solana, ',
    );
    expect(mistakes(least, { chains })).toBe(
      'job.toml:7: chainID: The simulated chain "sim" is not enabled in the config',
    );
    expect(mistakes(least.replace('"sim"', '"x"'), { chains })).toBe(
      'job.toml:7: chainID: The config has no simulated chain "x": it has sim, other',
    );
    expect(mistakes(least.replace('"sim"', '"other"'), { chains })).toBe("");
  });

  it("throws nothing but ConfigErrors for any change of a job", () => {
    const change = fc.record({ at: fc.nat(full.length), remove: fc.nat(20), add: fc.string({ maxLength: 10 }) });
    fc.assert(
      fc.property(change, ({ at, remove, add }) => {
        try {
          parseJob(full.slice(0, at) + add + full.slice(at + remove), "x");
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("loadJobs()", () => {
  const directory = mkdtempSync(join(tmpdir(), "loopp-jobs-"));
  afterAll(() => rmSync(directory, { recursive: true }));
  const write = (name: string, toml: string) => {
    writeFileSync(join(directory, name), toml);
    return join(directory, name);
  };

  it("reads files", () => {
    const files = [write("a.toml", withLine('name = "a"')), write("b.toml", withLine('name = "b"'))];
    expect(loadJobs(readJobFiles(files)).map(({ plugin }) => plugin)).toEqual(["median.a", "median.b"]);
    expect(loadJobs([])).toEqual([]);
  });

  it("tells the mistakes of all files together", () => {
    const files = [write("a.toml", withLine("foo = 1")), write("b.toml", "x = "), join(directory, "none.toml")];
    expect(() => loadJobs(readJobFiles(files))).toThrow(
      /a\.toml:1: foo: .*\n.*b\.toml:1: Not TOML: .*\n.*none\.toml:1: There is no such file/,
    );
  });

  it("gives each of several jobs its own plugin, however alike their names are", () => {
    const names = ["a b", "A/B", "黄金", "白银", "€/USD", "£/USD", `${"x".repeat(64)}1`, `${"x".repeat(64)}2`];
    const files = names.map((name, index) => write(`${index}.toml`, withLine(`name = "${name}"`)));
    const plugins = loadJobs(readJobFiles(files)).map(({ plugin }) => plugin);
    expect(new Set(plugins).size).toBe(names.length);
    expect(plugins.slice(0, 2)).toEqual(["median.a-b-c8687a08", "median.a-b-998d3ed8"]);
    expect(loadJobs(readJobFiles(files.toReversed())).map(({ plugin }) => plugin)).toEqual(plugins.toReversed());
  });

  it("refuses jobs with the same id or name", () => {
    const named = (name: string) => withLine(`name = "${name}"`);
    const files = [write("a.toml", named("a b")), write("b.toml", named("a b"))];
    expect(() => loadJobs(readJobFiles(files))).toThrow(
      /b\.toml:1: name: The job in .*a\.toml has the same name, and so the same plugin, median\.a-b: rename one/,
    );
    const id = 'externalJobID = "0f1e2d3c-4b5a-4978-8796-a5b4c3d2e1f0"\n';
    const twins = [write("c.toml", id + named("c")), write("d.toml", id + named("d"))];
    expect(() => loadJobs(readJobFiles(twins))).toThrow(
      /d\.toml:1: externalJobID: The job in .*c\.toml has the same id/,
    );
  });
});
