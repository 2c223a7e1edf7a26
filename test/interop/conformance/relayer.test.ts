/** The relayer that the conformance plugin is with `-cmd relayer`: our host calls all that it serves, and it checks what we send. */
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import { expect, it } from "vitest";
import { Codec as CodecRpc } from "../../../proto/gen/codec/codec_pb.ts";
import { Codec as OldCodecRpc } from "../../../proto/gen/loop/codec_pb.ts";
import { createCodecClient } from "../../../src/loop/codec/client.ts";
import { connectionOf } from "../../../src/loop/connection.ts";
import { createContractReaderClient } from "../../../src/loop/contract-reader/client.ts";
import { relayerHandshake } from "../../../src/loop/handshakes.ts";
import { createPluginRelayerClient } from "../../../src/loop/relayer/client.ts";
import type { PluginRelayer, Relayer } from "../../../src/loop/relayer/types.ts";
import { failure } from "../../../src/testing/failure.ts";
import { type Recorded, recording } from "../../loop/samples.ts";
import type { PeerName } from "../peers.ts";
import { describePeer } from "../support.ts";
import { encodeTexts } from "./cbor.ts";
import { expectConfigProvider, expectContractReader, expectMedianProvider, expectTransmitter } from "./provider.ts";
import { createKeystore } from "./served.ts";
import { callOptions, generations, startConformancePlugin } from "./support.ts";
import { contractReader, relayer as expected } from "./values.ts";

async function startRelayer(name: PeerName, args: readonly string[] = ["-static-checks"]) {
  const started = await startConformancePlugin(name, "relayer", { handshake: relayerHandshake, args });
  const plugin = await started.make(async (instance) => createPluginRelayerClient(instance, instance.broker));
  return { ...started, root: plugin };
}

const newRelayer = (root: PluginRelayer, config = expected.config): Promise<Required<Relayer>> =>
  root.newRelayer(config, createKeystore(), { csaKeystore: createKeystore(), ...callOptions }) as Promise<
    Required<Relayer>
  >;

for (const generation of generations) describePeer(generation, "relayer under our host", relayerChecks);

function relayerChecks(name: PeerName): void {
  it("asks the keystores for their accounts and answers the chain's status, with the ids of all that a host serves", async () => {
    const { root } = await startRelayer(name);
    const asked: Recorded[] = [];
    const keystores = { keystore: recording(createKeystore(), asked), csaKeystore: recording(createKeystore(), asked) };
    const relayer = await root.newRelayer(expected.config, keystores.keystore, {
      csaKeystore: keystores.csaKeystore,
      ...callOptions,
    });
    expect(asked.map(({ method }) => method)).toEqual(
      name === "conformance-2024" ? ["accounts"] : ["accounts", "accounts"],
    );
    expect(await relayer.chainStatus(callOptions)).toEqual(expected.chainStatus);
  });

  it("gives the status of its nodes, page by page", async () => {
    const relayer = await newRelayer((await startRelayer(name)).root);
    expect(await relayer.nodeStatuses(expected.nodePage, callOptions)).toEqual(expected.nodeStatuses);
    await expect(relayer.nodeStatuses({ size: 136, token: "" }, callOptions)).rejects.toThrow(
      "expected page_size 137 but got 136",
    );
  });

  it("answers a config provider's digester and tracker", async () => {
    const relayer = await newRelayer((await startRelayer(name)).root);
    const made = await relayer.newConfigProvider(expected.relayArgs, callOptions);
    await expectConfigProvider(made);
    await made.close(callOptions);
  });

  it("answers every method of a median provider", async () => {
    const relayer = await newRelayer((await startRelayer(name)).root);
    const made = await relayer.newMedianProvider(expected.relayArgs, expected.pluginArgs, callOptions);
    await expectConfigProvider(made);
    await expectMedianProvider(made);
    await made.close(callOptions);
  });

  it("answers a generic product's provider, its contract reader and its codec under the path of its generation", async () => {
    const relayer = await newRelayer((await startRelayer(name)).root);
    const made = await relayer.newPluginProvider(expected.relayArgs, expected.pluginArgs, callOptions);
    await expectConfigProvider(made);
    await expectTransmitter(made);
    const connection = connectionOf(made);
    if (connection === undefined) throw new Error("The provider is no client");
    await expectContractReader(createContractReaderClient(connection));
    const codec = createCodecClient(connection);
    expect(await codec.maxSize({ n: 3, itemType: "itemType", forEncoding: true }, callOptions)).toBe(37);
    const params = { version: contractReader.encoding, data: encodeTexts({}) };
    await expect(codec.encode(params, "itemType", callOptions)).rejects.toThrow("not used for these test");
    const paths = await Promise.all(
      [CodecRpc, OldCodecRpc].map((service) =>
        createClient(service, connection.transport)
          .getMaxSize({ n: 3, itemType: "itemType" }, callOptions)
          .then(
            () => "answered",
            (error: unknown) => ConnectError.from(error).code,
          ),
      ),
    );
    const { Unimplemented } = Code;
    expect(paths).toEqual(name === "conformance-2024" ? [Unimplemented, "answered"] : ["answered", Unimplemented]);
  });

  it("makes a contract reader, and no contract writer", async () => {
    const relayer = await newRelayer((await startRelayer(name)).root);
    const config = new TextEncoder().encode(contractReader.config);
    const reader = await relayer.newContractReader(config, callOptions);
    if (name === "conformance-2024") {
      // It forgets to serve the reader: nothing is there but loop.Service.
      const asked = reader.bind([], callOptions);
      expect(await failure(asked)).toMatchObject({
        code: Code.Unimplemented,
        rawMessage: "unknown service loop.ContractReader",
      });
    } else await expectContractReader(reader);
    await reader.close(callOptions);
    await expect(relayer.newContractReader(new Uint8Array(), callOptions)).rejects.toThrow("contractReaderConfig");
    await expect(relayer.newContractWriter(new Uint8Array(), callOptions)).rejects.toThrow(
      /not (implemented|supported)/,
    );
  });

  it("takes a transaction, an amount of any size included", async () => {
    const relayer = await newRelayer((await startRelayer(name)).root);
    await relayer.transact(expected.transaction, callOptions);
    const others = { from: "you", to: "me", amount: -(2n ** 256n), balanceCheck: false };
    for (const [field, value] of Object.entries(others)) {
      const wrong = relayer.transact({ ...expected.transaction, [field]: value }, callOptions);
      await expect(wrong).rejects.toThrow(new RegExp(`expected .*but got ${value}`));
    }
  });

  if (name === "conformance-2024") {
    it("does not know what relayers have learned since, and the host says so", async () => {
      const relayer = await newRelayer((await startRelayer(name)).root);
      for (const [method, call] of Object.entries({
        GetChainInfo: () => relayer.chainInfo(callOptions),
        Replay: () => relayer.replay("", {}, callOptions),
        FinalizedHead: () => relayer.finalizedHead(callOptions),
      })) {
        expect(await failure(call())).toMatchObject({
          code: Code.Unimplemented,
          rawMessage: expect.stringContaining(`${method} is not supported by this relayer`),
        });
      }
    });
  } else {
    it("gives the chain's names and reads the chain again", async () => {
      const relayer = await newRelayer((await startRelayer(name)).root);
      expect(await relayer.chainInfo(callOptions)).toEqual(expected.chainInfo);
      await relayer.replay("", { some: ["arguments", 1, true, null] }, callOptions);
      await expect(relayer.replay("7", {}, callOptions)).rejects.toThrow("expected from  but got 7");
      await expect(relayer.finalizedHead(callOptions)).rejects.toThrow("not implemented");
    });

    it("reports the health of all that is in it under the host's names", async () => {
      const { root } = await startRelayer(name);
      const relayer = await newRelayer(root);
      const inside = "PluginRelayerClient.RelayerClient.staticPluginRelayer.staticRelayer";
      expect([...(await relayer.healthReport(callOptions))].sort()).toEqual(
        [
          "PluginRelayerClient.RelayerClient",
          inside,
          `${inside}.staticCommitProvider`,
          `${inside}.staticConfigProvider`,
          `${inside}.staticExecProvider`,
          `${inside}.staticMedianProvider`,
          `${inside}.staticMercuryProvider`,
          `${inside}.staticPluginProvider`,
          `${inside}.staticPluginProvider.staticPluginProvider`,
        ].map((component) => [component, ""]),
      );
      await relayer.ready(callOptions);
    });
  }

  it("refuses what it does not know, in its own words and with a status that says so", async () => {
    const { root } = await startRelayer(name);
    const wrongConfig = await failure(newRelayer(root, "Bar = 1"));
    expect(wrongConfig.rawMessage).toContain(`expected config ${JSON.stringify(expected.config)}`);
    const foreign = await failure(newRelayer(root, "Größe = '100 %'\n"));
    expect(foreign.rawMessage).toContain(`but got "Größe = '100 %'\\n"`);
    const relayer = await newRelayer(root);
    const wrongArgs = await failure(
      relayer.newMedianProvider({ ...expected.relayArgs, jobId: 124 }, expected.pluginArgs, callOptions),
    );
    expect(wrongArgs).toMatchObject({ code: Code.Unknown, rawMessage: expect.stringContaining("expected relay args") });
    const noHead = await failure(relayer.latestHead(callOptions));
    expect(noHead).toMatchObject({ code: Code.Unknown, rawMessage: "not implemented" });
  });

  it("refuses a host without keys", async () => {
    const { root } = await startRelayer(name);
    const none = { ...createKeystore(), accounts: async () => [] };
    await expect(root.newRelayer(expected.config, none, callOptions)).rejects.toThrow("at least one key but got none");
  });

  it("makes several relayers in one instance, and goes on when one of them is closed", async () => {
    const { root } = await startRelayer(name);
    const [first, second] = [await newRelayer(root), await newRelayer(root)];
    await first.close(callOptions);
    expect(await second.chainStatus(callOptions)).toEqual(expected.chainStatus);
  });

  it("answers two hundred calls at once", async () => {
    const relayer = await newRelayer((await startRelayer(name)).root);
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => relayer.nodeStatuses(expected.nodePage, callOptions)),
    );
    expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(
      new Set([JSON.stringify(expected.nodeStatuses)]),
    );
  });

  it("refuses a message of more than 4 MiB, and goes on", async () => {
    const { root } = await startRelayer(name);
    const tooLong = await failure(newRelayer(root, "#".repeat(4 * 1024 * 1024)));
    expect(tooLong).toMatchObject({ code: Code.ResourceExhausted, rawMessage: expect.stringContaining("4194304") });
    expect(await (await newRelayer(root)).chainStatus(callOptions)).toEqual(expected.chainStatus);
  });

  it("shuts down gracefully when it is asked to", async () => {
    const { plugin, root } = await startRelayer(name);
    await newRelayer(root);
    await plugin.stop();
    expect(plugin.status.lastExit).toMatchObject({ reason: "clean", code: 0 });
  });
}
