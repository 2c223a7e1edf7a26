import { createClient } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { Telemetry as TelemetryRpc } from "../../proto/gen/loop/telemetry_pb.ts";
import { createTelemetryClient } from "../../src/loop/telemetry/client.ts";
import { telemetryRoutes } from "../../src/loop/telemetry/server.ts";
import { bytes, type Recorded, recording } from "./samples.ts";
import { pairs } from "./support.ts";

const message = {
  network: "evm",
  chainId: "31337",
  contractId: "0x42",
  telemetryType: "ocr2-median",
  payload: bytes(1, 0, 255),
};

describe.each(pairs)("telemetry over $name", ({ create }) => {
  async function connect() {
    const calls: Recorded[] = [];
    const connection = await create().main(telemetryRoutes(recording({ send: async () => {} }, calls)));
    return { calls, connection, client: createTelemetryClient(connection) };
  }

  it("reaches the host unchanged, with the caller's deadline", async () => {
    const { calls, client } = await connect();
    await client.send(message, { timeoutMs: 60_000 });
    await client.send({ ...message, payload: bytes() });
    expect(calls).toMatchObject([
      { method: "send", args: [message], options: { timeoutMs: expect.any(Number) } },
      { method: "send", args: [{ ...message, payload: bytes() }] },
    ]);
  });

  it("is refused with Chainlink's error text when a name is empty", async () => {
    const { calls, client } = await connect();
    await expect(client.send({ ...message, contractId: "" })).rejects.toThrow("contractID cannot be empty");
    await expect(client.send({ ...message, telemetryType: "" })).rejects.toThrow("telemetryType cannot be empty");
    await expect(client.send({ ...message, network: "" })).rejects.toThrow("network cannot be empty");
    await expect(client.send({ ...message, chainId: "" })).rejects.toThrow("chainId cannot be empty");
    expect(calls).toEqual([]);
  });

  it("is also refused by the host when the relayer's id is missing", async () => {
    const { calls, connection } = await connect();
    const raw = createClient(TelemetryRpc, connection.transport);
    await expect(raw.send({ contractID: "c", telemetryType: "t" })).rejects.toThrow("its relayID is missing");
    await expect(raw.send({ contractID: "c", telemetryType: "t", relayID: {} })).rejects.toThrow(
      "network cannot be empty",
    );
    expect(calls).toEqual([]);
  });
});
