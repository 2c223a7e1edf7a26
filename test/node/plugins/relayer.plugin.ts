/** A relayer plugin that does what it is told: how it is, whether it answers, and until when it makes no relayer. */
import { appendFileSync, existsSync } from "node:fs";
import { z } from "zod";
import { relayerHandshake } from "../../../src/loop/handshakes.ts";
import { servePluginRelayer } from "../../../src/loop/relayer/server.ts";
import type { Service } from "../../../src/loop/types.ts";
import { definePlugin } from "../../../transports/plugin.ts";

const never = () => new Promise<never>(() => {});

export default definePlugin({
  handshake: relayerHandshake,
  config: z
    .strictObject({
      /** What `HealthReport` answers. */
      report: z.record(z.string(), z.string()).default({}),
      /** What `Ready` fails with. */
      notReady: z.string().optional(),
      /** Answers neither of the two. */
      silent: z.boolean().default(false),
      /** Relayers are made once this file is there. */
      gate: z.string().optional(),
      /** A file that hears of every relayer that is made and closed. */
      ledger: z.string().optional(),
    })
    .prefault({}),
  setup({ config, broker }) {
    const { report, notReady, silent, gate, ledger } = config;
    const note = (line: string) => ledger !== undefined && appendFileSync(ledger, `${process.pid} ${line}\n`);
    const service = (name: string): Service => ({
      name: () => name,
      async ready() {
        if (silent) await never();
        if (notReady !== undefined) throw new Error(notReady);
      },
      healthReport: async () => (silent ? never() : new Map(Object.entries(report))),
      close: async () => note(`close ${name}`) as undefined,
    });
    return servePluginRelayer(
      {
        ...service("PluginFake"),
        async newRelayer(toml) {
          note(`asked ${toml}`);
          while (gate !== undefined && !existsSync(gate)) await new Promise((resolve) => setTimeout(resolve, 5));
          note(`made ${toml}`);
          return {
            ...service("Fake"),
            newConfigProvider: never,
            newMedianProvider: never,
            latestHead: async () => ({ height: "1", hash: new Uint8Array(32), timestamp: 1n }),
            chainStatus: async () => ({ id: toml, enabled: true, config: toml }),
            nodeStatuses: async () => ({ nodes: [], total: 0, nextPageToken: "" }),
          };
        },
      },
      broker,
    );
  },
});
