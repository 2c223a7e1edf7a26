/** The transport suite's plugin, except that it offers no more than so many connections at a time: the oldest is taken away. */
import { conformanceRoutes } from "../../../src/testing/conformance/conformance.plugin.ts";
import type { Broker, BrokeredServer } from "../../../transports/broker.ts";
import { definePlugin } from "../../../transports/plugin.ts";
import { collectGarbage } from "../programs/holdings.ts";

const mostOffers = 20;

export default definePlugin<{ collects: boolean } | undefined>({
  setup({ broker, log, config, signal }) {
    if (config?.collects) {
      // Nobody else can make it in a process of its own, and its memory is measured.
      const timer = setInterval(collectGarbage, 250);
      signal.addEventListener("abort", () => clearInterval(timer), { once: true });
    }
    return { routes: conformanceRoutes({ broker: forgetful(broker), log }) };
  },
});

function forgetful(broker: Broker): Broker {
  const offers: BrokeredServer[] = [];
  return {
    async serve(what) {
      const server = await broker.serve(what);
      offers.push(server);
      if (offers.length > mostOffers) await offers.shift()?.[Symbol.asyncDispose]();
      return server;
    },
    dial: broker.dial,
  };
}
