/** A greeter with a checked config, log lines, a metric and a handshake of its own; it calls its host back. */
import { z } from "zod";
import { Greeter, GuestBook } from "../proto/gen/examples/greeter_pb.ts";
import { createClient, definePlugin } from "../src/index.ts";

export const politeHandshake = { cookieKey: "POLITE_GREETER", cookieValue: "b9a1c8e2-greeter", protocolVersions: [1] };

export default definePlugin({
  handshake: politeHandshake,
  config: z.strictObject({ greeting: z.string().min(1), shout: z.boolean().default(false) }),
  setup({ config, log, metrics, broker, signal, protocolVersion }) {
    const greetings = metrics.counter({ name: "greetings_total", help: "Greetings", labels: ["signed"] });
    signal.addEventListener("abort", () => log.debug("the host wants this plugin to end"));
    log.info("ready to greet", { protocolVersion });
    return {
      routes(router) {
        router.service(Greeter, {
          async greet({ name, guestBook }, { signal }) {
            let guests = 0;
            if (guestBook !== 0) {
              await using connection = await broker.dial(guestBook);
              ({ guests } = await createClient(GuestBook, connection.transport).sign({ name }, { signal }));
            }
            greetings.inc({ signed: String(guestBook !== 0) });
            const text = `${config.greeting} ${name}${guests === 0 ? "" : `, guest number ${guests}`}`;
            return { text: config.shout ? text.toUpperCase() : text };
          },
        });
      },
      dispose: () => log.info("no more greetings"),
    };
  },
});
