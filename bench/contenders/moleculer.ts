/** Moleculer over its own TCP transporter. */
import { ServiceBroker } from "moleculer";
import { type Contender, callTimeoutMs, type Echoed } from "../contender.ts";
import { brokerOptions, serverNode, type WireNote } from "../peers/moleculer-options.ts";
import { startServer } from "./server.ts";

export const moleculer: Contender = {
  name: "moleculer",
  about:
    "Moleculer's TCP transporter to a process of the same runtime, with its default serializer, JSON, and the bytes in base64; " +
    "its deadline is the requestTimeout of each call; no signal, no streams of messages",
  role: "peer",
  async start() {
    const server = await startServer(new URL("../peers/moleculer-server.ts", import.meta.url));
    const broker = new ServiceBroker(brokerOptions("bench", `127.0.0.1:${server.said}/${serverNode}`));
    const stop = async () => {
      await broker.stop();
      await server.stop();
    };
    try {
      await broker.start();
      await broker.waitForServices("bench");
    } catch (error) {
      await stop();
      throw error;
    }
    const options = { timeout: callTimeoutMs };
    return {
      async call(bytes): Promise<Echoed> {
        const note: WireNote = { number: bytes.length, data: asBuffer(bytes).toString("base64") };
        const { data } = await broker.call<WireNote, WireNote>("bench.echo", note, options);
        return { data: Buffer.from(data, "base64") };
      },
      pids: [server.pid],
      stop,
    };
  },
};

/** The same bytes, not a copy. */
function asBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
