/** The far side of the contender "moleculer": `<runtime> moleculer-server.ts`; it listens on a port of this machine, and says on which. */
import { type Context, ServiceBroker } from "moleculer";
import { brokerOptions, serverNode, type WireNote } from "./moleculer-options.ts";
import { announceReady } from "./server.ts";

const broker = new ServiceBroker(brokerOptions(serverNode));
broker.createService({
  name: "bench",
  actions: {
    async echo({ params: { number, data } }: Context<WireNote>): Promise<WireNote> {
      const bytes = Buffer.from(data, "base64");
      return { number, data: bytes.toString("base64") };
    },
  },
});
await broker.start();
announceReady(String(broker.getLocalNodeInfo().port));
