/** A chain of its own (anvil), and on it the aggregator contract of Chainlink's price feeds, as it is on public chains. */
import { spawn } from "node:child_process";
import { type Abi, type Address, createTestClient, type Hex, http, publicActions, walletActions } from "viem";
import { privateKeyToAccount } from "viem/accounts";
import { anvil as local } from "viem/chains";
import { until } from "../../../src/testing/until.ts";
import { run } from "./programs.ts";

export const rpcUrl = "http://127.0.0.1:8545";

/** Anvil's first. */
const owner = privateKeyToAccount("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");

/** The keys of one oracle, in hexadecimal. */
export interface OracleKeys {
  readonly Offchain: string;
  readonly Onchain: string;
  readonly Config: string;
  readonly Peer: string;
  readonly Account: Address;
}

export interface Transmission {
  readonly answer: number;
  /** Numbers of the oracles whose observations are in the report. */
  readonly observers: readonly number[];
  /** Number of the oracle that transmitted it. */
  readonly transmitter: number;
}

export interface Feed {
  readonly address: Address;
  /** Makes the oracles the contract's, with an off-chain config that Chainlink's own code encodes. */
  setConfig(oracles: readonly OracleKeys[]): Promise<void>;
  transmissions(): Promise<readonly Transmission[]>;
}

/** @param anvil where the program is */
export async function startChain(anvil: string) {
  spawn(anvil, ["--port", "8545", "--block-time", "1", "--silent"], { stdio: "ignore" });
  const client = createTestClient({ mode: "anvil", chain: local, account: owner, transport: http(rpcUrl) })
    .extend(publicActions)
    .extend(walletActions);
  await until("the chain answers", () => client.getBlockNumber().then(() => true));

  return {
    fund: (address: Address) => client.setBalance({ address, value: 10n ** 20n }),
    /** @param feedtool see main.go beside it */
    async deployFeed(feedtool: string): Promise<Feed> {
      const { abi, bytecode }: { abi: Abi; bytecode: Hex } = JSON.parse(await run([feedtool, "contract"]));
      const none = "0x0000000000000000000000000000000000000000";
      const args = [none, 1n, 10n ** 18n, none, none, 8, "WIDGET / USD"];
      const receipt = await client.waitForTransactionReceipt({
        hash: await client.deployContract({ abi, bytecode, args }),
      });
      const address = receipt.contractAddress;
      if (address == null) throw new Error("The contract was not deployed");
      let accounts: readonly Address[] = [];

      return {
        address,
        async setConfig(oracles) {
          const input = JSON.stringify({ Oracles: oracles, F: 1, Min: 1, Max: 1e18, ...timing });
          const config: FeedConfig = JSON.parse(await run([feedtool], input));
          accounts = config.Transmitters;
          const hash = await client.writeContract({
            abi,
            address,
            functionName: "setConfig",
            args: [
              config.Signers,
              config.Transmitters,
              config.F,
              config.OnchainConfig,
              BigInt(config.Version),
              config.OffchainConfig,
            ],
          });
          const { status } = await client.waitForTransactionReceipt({ hash });
          if (status !== "success") throw new Error("The contract did not take the config");
        },
        async transmissions() {
          const events = await client.getContractEvents({
            abi,
            address,
            eventName: "NewTransmission",
            fromBlock: 0n,
          });
          return events.map(({ args }) => {
            const { answer, observers, transmitter } = args as unknown as TransmissionEvent;
            return {
              answer: Number(answer) / 1e8,
              // One byte for each, in a word of 32.
              observers: [...Buffer.from(observers.slice(2), "hex")],
              transmitter: accounts.findIndex((account) => account.toLowerCase() === transmitter.toLowerCase()),
            };
          });
        },
      };
    },
  };
}

interface FeedConfig {
  readonly Signers: readonly Address[];
  readonly Transmitters: readonly Address[];
  readonly F: number;
  readonly OnchainConfig: Hex;
  readonly Version: number;
  readonly OffchainConfig: Hex;
}

interface TransmissionEvent {
  readonly answer: bigint;
  readonly observers: Hex;
  readonly transmitter: Address;
}

/** Milliseconds, far from what it takes on an idle machine. Any new answer is reason for a report, and its age is not. */
const timing = {
  DeltaProgress: 10_000,
  DeltaResend: 10_000,
  DeltaRound: 2000,
  DeltaGrace: 500,
  DeltaStage: 10_000,
  Query: 500,
  Observation: 2000,
  Report: 2000,
  Accept: 2000,
  Transmit: 2000,
  DeltaC: 3_600_000,
  AlphaPPB: 1,
};
