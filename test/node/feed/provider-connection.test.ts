/** What a product's plugin holds while relayers come and go. */
import { createClient } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { ContractReader } from "../../../proto/gen/loop/contract_reader_pb.ts";
import { createRuntime } from "../../../src/index.ts";
import { createMedianProviderClient } from "../../../src/loop/median-provider/client.ts";
import { createBindings } from "../../../src/node/feed/bindings.ts";
import { createProviderConnection } from "../../../src/node/feed/provider-connection.ts";
import { kinds } from "../../runtime/support.ts";

const module = new URL("../fixtures/reader.plugin.ts", import.meta.url);

describe.each(kinds)("a provider of a relayer on %s", (transport) => {
  it("binds again in each new instance of the relayer what was bound through it", async () => {
    await using runtime = await createRuntime({
      plugins: { relayer: { module, transport, restart: { initialDelayMs: 1, jitter: 0 } } },
      onLog: () => {},
    });
    const plugin = runtime.plugin("relayer");
    const bindings = createBindings();
    const provider = plugin.resource({
      async create(instance) {
        await bindings.replay(instance, { timeoutMs: 10_000 });
        return createMedianProviderClient(instance);
      },
    });
    const reader = createClient(ContractReader, createProviderConnection(provider, bindings).transport);
    const read = async (readIdentifier: string) =>
      reader.getLatestValue({ readIdentifier }, { timeoutMs: 10_000 }).then(
        () => "read",
        () => "not bound",
      );

    await reader.bind({
      bindings: [
        { name: "median", address: "0x1" },
        { name: "old", address: "0x1" },
      ],
    });
    await reader.bind({ bindings: [{ name: "median", address: "0x2" }] });
    await reader.unbind({ bindings: [{ name: "old", address: "0x1" }] });
    // What was refused is not asked for again: the relayer would never come back.
    await expect(reader.bind({ bindings: [{ name: "median", address: "nowhere" }] })).rejects.toThrow();
    for (let generation = 1; generation <= 3; generation++) {
      expect(plugin.status.generation).toBe(generation);
      expect([await read("0x1-median"), await read("0x2-median")]).toEqual(["read", "read"]);
      expect([await read("0x1-old"), await read("nowhere-median")]).toEqual(["not bound", "not bound"]);
      if (generation === 1) plugin.kill();
      if (generation === 1) expect(await read("0x1-median")).toBe("read");
      if (generation === 2) await plugin.restart();
    }
  });
});
