import { peer } from "../peers.ts";
import { describePeer } from "../support.ts";
import { starknet } from "./chains.ts";
import { testRelayer } from "./relayer-suite.ts";

describePeer("chainlink-starknet", "relayer under our host and node", (name) => {
  testRelayer({
    chain: starknet,
    binary: () => peer(name),
    answersFile: "answers.jsonl",
    needed: /ConfirmationPoll = '5s'/,
    parts: ["PluginStarknet.Relayer", "PluginStarknet.Chain", "PluginStarknet.Txm"],
  });
});
