/** A guest program that adds nothing to a plugin: what runs under it has only its own services, as a foreign plugin. */
import { answer } from "../../../transports/calls/answer.ts";
import type { Guest, GuestSetup } from "../../../transports/guest.ts";
import { createLogger } from "../../../transports/logs/log.ts";

export async function guestProgram(setup: GuestSetup): Promise<Guest> {
  const { plugin, broker, config, signal, protocolVersion } = setup;
  const none = () => {
    throw new Error("there are no metrics here");
  };
  const { routes, dispose } = await plugin.setup({
    config,
    broker,
    signal,
    protocolVersion,
    log: createLogger((entry) => setup.log(entry)),
    metrics: { counter: none, gauge: none, histogram: none },
  });
  return {
    answer: (more) =>
      answer((router) => {
        routes(router);
        more?.(router);
      }),
    dispose: async () => dispose?.(),
  };
}
