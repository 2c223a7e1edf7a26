/** A plugin in TypeScript that makes use of all that a plugin is given. */
import { type Counter, definePlugin, type PluginContext, type Served } from "loopp/plugin";
import { Shout } from "./gen/shout_pb.js";

interface Config {
  readonly mark: string;
}

function setup({ config, log, metrics, signal, protocolVersion }: PluginContext<Config>): Served {
  const shouts: Counter<"long"> = metrics.counter({ name: "shouts_total", help: "Shouts", labels: ["long"] });
  log.with({ protocolVersion }).info(`ends with ${config.mark}`);
  return {
    routes(router) {
      router.service(Shout, {
        shout({ text }) {
          signal.throwIfAborted();
          shouts.inc({ long: String(text.length > 10) });
          return { text: `${text.toUpperCase()}${config.mark}` };
        },
        async *echo({ text }, { signal }) {
          for (const word of text.split(" ")) {
            signal.throwIfAborted();
            yield { text: word };
          }
        },
      });
    },
  };
}

export default definePlugin<Config>({ setup });
