/** The chains that the relayers are asked about. */
import type { Chain } from "./questions.ts";

const starknetRelayConfig = { chainID: "SN_TEST", accountAddress: "0x0567", nodeName: "none" };

export const starknet: Chain = {
  table: "Starknet",
  chainId: "SN_TEST",
  contractId: "0x0123",
  transmitterId: "0x1234",
  relayConfig: starknetRelayConfig,
  signerLength: 32,
  transmitter: (oracle) => `0x${(0x1000 + oracle).toString(16)}`,
  oddRelayConfigs: {
    "another account": { ...starknetRelayConfig, accountAddress: "0xAbCdEf" },
    "an account with many zeros": { ...starknetRelayConfig, accountAddress: `0x${"0".repeat(60)}1234` },
    "an account without 0x": { ...starknetRelayConfig, accountAddress: "567" },
    "no account": { chainID: "SN_TEST", nodeName: "none" },
    "another chain": { ...starknetRelayConfig, chainID: "SN_OTHER" },
    "no chain": { accountAddress: "0x0567", nodeName: "none" },
    "another node": { ...starknetRelayConfig, nodeName: "some" },
    "a key that is not known": { ...starknetRelayConfig, unheardOf: "1" },
    "a text that is not JSON": "chainID",
    "an empty text": "",
  },
};

const solanaRelayConfig = {
  chainID: "localnet",
  ocr2ProgramID: "cjg3oHmg9uuPsP8D6g29NWvhySJkdYdAo9D25PRbKXJ",
  transmissionsID: "4hjUEB2EkVqEDcsBvdAXKYhfjx1TY4ZvJ8zrvSr1ATf1",
  storeProgramID: "HEvSKofvBgfaexv23kMabbYqxasxU3mQ4ibBMEmJWHny",
};

/** Public keys: 32 bytes in base58. */
const accounts = [
  "9xi644bRR8birboDGdTiwBq3C7VEeR7VuamRYYXCubUW",
  "HEvSKofvBgfaexv23kMabbYqxasxU3mQ4ibBMEmJWHny",
  "cjg3oHmg9uuPsP8D6g29NWvhySJkdYdAo9D25PRbKXJ",
  "11111111111111111111111111111111",
];

export const solana: Chain = {
  table: "Solana",
  chainId: "localnet",
  contractId: "9xi644bRR8birboDGdTiwBq3C7VEeR7VuamRYYXCubUW",
  transmitterId: "HEvSKofvBgfaexv23kMabbYqxasxU3mQ4ibBMEmJWHny",
  relayConfig: solanaRelayConfig,
  signerLength: 20,
  transmitter: (oracle) => accounts[oracle % accounts.length] ?? "",
  oddRelayConfigs: {
    "another program": { ...solanaRelayConfig, ocr2ProgramID: "11111111111111111111111111111111" },
    "a program that is no key": { ...solanaRelayConfig, ocr2ProgramID: "0x1" },
    "no transmissions account": { ...solanaRelayConfig, transmissionsID: "" },
    "no store program": { ...solanaRelayConfig, storeProgramID: "" },
    "another chain": { ...solanaRelayConfig, chainID: "devnet" },
    "a key that is not known": { ...solanaRelayConfig, unheardOf: "1" },
    "a text that is not JSON": "chainID",
    "an empty text": "",
  },
};
