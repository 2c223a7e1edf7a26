/**
 * What a relayer is asked to be compared with another of the same chain: everything about digests, codecs and accounts, which needs
 * no chain to be answered. The answers of Chainlink's own relayers are kept in files; a relayer of ours has to give the same.
 */
import { Code, ConnectError } from "@connectrpc/connect";
import type { ParsedAttributedObservation } from "../../../src/loop/median-provider/types.ts";
import type { RelayArgs, Relayer } from "../../../src/loop/relayer/types.ts";
import type { ContractConfig } from "../../../src/loop/types.ts";

export interface Chain {
  /** The name of the chain's table in a node's config. */
  readonly table: "Starknet" | "Solana";
  readonly chainId: string;
  readonly contractId: string;
  readonly transmitterId: string;
  readonly relayConfig: Readonly<Record<string, string>>;
  /** Length in bytes of an oracle's on-chain public key. */
  readonly signerLength: number;
  /** The oracle's account as the contract spells it. */
  transmitter(oracle: number): string;
  /** Other relay configs, each with a word on what is odd about it. */
  readonly oddRelayConfigs: Readonly<Record<string, unknown>>;
}

export interface Line {
  readonly call: string;
  readonly args: readonly unknown[];
  readonly answer?: unknown;
  readonly refused?: { readonly code: string; readonly text: string };
}

const timeoutMs = 10_000;
const options = { timeoutMs };

export function relayArgsOf({ contractId, relayConfig }: Chain, changed: unknown = relayConfig): RelayArgs {
  return {
    externalJobId: "1051429b-aa66-11ed-b0d2-5cff35dfbe67",
    jobId: 1,
    contractId,
    isNew: true,
    relayConfig: new TextEncoder().encode(typeof changed === "string" ? changed : JSON.stringify(changed)),
  };
}

export function pluginArgsOf({ transmitterId }: Chain) {
  return { transmitterId, pluginConfig: new TextEncoder().encode("{}") };
}

/** Asks everything, in an order that stays the same. */
export async function askRelayer(relayer: Relayer, chain: Chain): Promise<Line[]> {
  const lines: Line[] = [];

  async function note(call: string, args: readonly unknown[], asked: Promise<unknown>): Promise<void> {
    lines.push({ call, args: plain(args), ...(await outcomeOf(asked)) });
  }

  await note("chainStatus", [], relayer.chainStatus(options));
  for (const size of [10, 1, 0]) {
    await note("nodeStatuses", [{ size, token: "" }], relayer.nodeStatuses({ size, token: "" }, options));
  }

  for (const [word, relayConfig] of Object.entries(chain.oddRelayConfigs)) {
    const made = relayer.newMedianProvider(relayArgsOf(chain, relayConfig), pluginArgsOf(chain), options);
    const account = made.then(async (provider) => {
      const fromAccount = await provider.contractTransmitter.fromAccount(options);
      await provider.close(options);
      return { fromAccount };
    });
    await note("newMedianProvider", [word, relayConfig], account);
  }

  const provider = await relayer.newMedianProvider(relayArgsOf(chain), pluginArgsOf(chain), options);
  const { offchainConfigDigester: digester, onchainConfigCodec, reportCodec, contractTransmitter } = provider;
  await note("fromAccount", [], contractTransmitter.fromAccount(options));
  await note("configDigestPrefix", [], digester.configDigestPrefix(options));

  const onchainConfigs = [
    { min: 0n, max: 0n },
    { min: 1n, max: 10n ** 18n },
    { min: 9n, max: 5n },
    { min: -1n, max: 5n },
    { min: 0n, max: 2n ** 127n },
    { min: -(2n ** 191n), max: 2n ** 191n - 1n },
    { min: 0n, max: 2n ** 250n },
  ];
  for (const config of onchainConfigs) {
    await note("onchainConfigCodec.encode", [config], onchainConfigCodec.encode(config, options));
  }
  const onchainConfig = await onchainConfigCodec.encode({ min: 1n, max: 10n ** 18n }, options);
  const flawed = (at: number, byte: number) => onchainConfig.map((own, index) => (index === at ? byte : own));
  for (const encoded of [
    onchainConfig,
    onchainConfig.slice(1),
    Uint8Array.from([...onchainConfig, 0]),
    new Uint8Array(),
    flawed(0, 2),
    flawed(31, 2),
    flawed(1, 0xff),
    new Uint8Array(onchainConfig.length).fill(1),
  ]) {
    await note("onchainConfigCodec.decode", [encoded], onchainConfigCodec.decode(encoded, options));
  }

  for (const config of configsOf(chain, onchainConfig)) {
    await note("configDigest", [config], digester.configDigest(config, options));
  }

  for (const n of [0, 1, 4, 19, 31]) await note("maxReportLength", [n], reportCodec.maxReportLength(n, options));
  const reports: Uint8Array[] = [];
  for (const observations of observationsOf()) {
    const built = reportCodec.buildReport(observations, options);
    await note("buildReport", [observations], built);
    const report = await built.catch(() => undefined);
    if (report !== undefined) reports.push(report);
  }
  for (const report of [...reports, ...reports.slice(2, 4).flatMap(spoilt), new Uint8Array(), Uint8Array.of(1, 2, 3)]) {
    await note("medianFromReport", [report], reportCodec.medianFromReport(report, options));
  }
  await provider.close(options);
  return lines;
}

function* configsOf(chain: Chain, onchainConfig: Uint8Array): Generator<ContractConfig> {
  const oracles = (n: number) => ({
    signers: Array.from({ length: n }, (_, oracle) => new Uint8Array(chain.signerLength).fill(oracle + 1)),
    transmitters: Array.from({ length: n }, (_, oracle) => chain.transmitter(oracle)),
  });
  const config: ContractConfig = {
    configDigest: new Uint8Array(32),
    configCount: 1n,
    ...oracles(4),
    f: 1,
    onchainConfig,
    offchainConfigVersion: 2n,
    offchainConfig: Uint8Array.of(1, 2, 3),
  };
  yield config;
  yield { ...config, configCount: 2n };
  yield { ...config, configCount: 2n ** 32n + 1n };
  yield { ...config, ...oracles(1), f: 0 };
  yield { ...config, ...oracles(19), f: 6 };
  yield { ...config, ...oracles(31), f: 10 };
  yield { ...config, f: 255 };
  yield { ...config, offchainConfigVersion: 2n ** 64n - 1n };
  for (const length of [0, 30, 31, 32, 62, 63, 300]) {
    yield { ...config, offchainConfig: Uint8Array.from({ length }, (_, index) => index % 251) };
  }
  yield { ...config, onchainConfig: new Uint8Array() };
  yield { ...config, onchainConfig: onchainConfig.slice(1) };
  yield { ...config, transmitters: config.transmitters.slice(1) };
  yield { ...config, signers: config.signers.slice(1) };
  yield { ...config, signers: [...config.signers.slice(1), new Uint8Array(3).fill(5)] };
  yield { ...config, transmitters: [...config.transmitters.slice(1), "nobody"] };
}

function* observationsOf(): Generator<ParsedAttributedObservation[]> {
  const of = (value: bigint, juelsPerFeeCoin = 1n, gasPriceSubunits = 2n): ParsedAttributedObservation[] => [
    { timestamp: 3, value, juelsPerFeeCoin, gasPriceSubunits, observer: 0 },
  ];
  yield [];
  yield of(0n);
  yield of(7n);
  yield of(-5n);
  yield of(5n, -1n);
  yield of(5n, 1n, -2n);
  for (const bits of [63n, 64n, 127n, 128n, 191n]) yield of(2n ** bits - 1n);
  for (const bits of [63n, 64n, 127n]) yield of(5n, 2n ** bits - 1n);
  yield of(5n, 1n, 2n ** 127n);
  // Many that are equal, so that the order of equals shows.
  const random = createRandom(1);
  for (const n of [2, 3, 4, 12, 13, 16, 19, 27, 31]) {
    for (const kinds of [3, 1000]) {
      yield Array.from({ length: n }, (_, index) => ({
        timestamp: 1 + random(kinds),
        value: BigInt(random(kinds)),
        juelsPerFeeCoin: BigInt(random(kinds)),
        gasPriceSubunits: BigInt(random(kinds)),
        observer: (index * 7) % 32,
      }));
    }
  }
}

/** The same report, wrong. */
function spoilt(report: Uint8Array): Uint8Array[] {
  return [
    report.slice(1),
    report.slice(0, -1),
    Uint8Array.from([...report, 0]),
    report.slice(0, -32),
    new Uint8Array(report.length),
  ];
}

/** Numbers below a limit, always the same ones. */
function createRandom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % limit;
  };
}

async function outcomeOf(asked: Promise<unknown>): Promise<Pick<Line, "answer" | "refused">> {
  try {
    return { answer: plain(await asked) };
  } catch (error) {
    const { code, rawMessage } = ConnectError.from(error);
    return { refused: { code: Code[code], text: rawMessage } };
  }
}

/** As JSON can hold it: bytes in hexadecimal, large numbers in decimal digits. */
function plain<T>(value: T): T {
  return JSON.parse(
    JSON.stringify(value, (_, own: unknown) => {
      if (own instanceof Uint8Array) return `0x${Buffer.from(own).toString("hex")}`;
      return typeof own === "bigint" ? String(own) : own;
    }) ?? "null",
  );
}

/** One call a line. */
export function formatLines(lines: readonly Line[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}
