/** The transport under test, and the conformance plugin on it. */
import type { Client } from "@connectrpc/connect";
import { afterAll, beforeAll } from "vitest";
import { Conformance, type SeenResponse } from "../../../proto/gen/loopp/v1/conformance_pb.ts";
import { createClient } from "../../../transports/calls/client.ts";
import { check } from "../../../transports/options/check.ts";
import { defaultHandshake } from "../../../transports/plugin.ts";
import type { Launch, PluginInstance, PluginTransport, TransportCapabilities } from "../../../transports/transport.ts";
import { isRecord } from "../../values/record.ts";
import { until } from "../until.ts";

export interface SuiteTarget {
  /** Stands in the name of every test. */
  readonly name: string;
  readonly transport: PluginTransport;
  /** What a user would write as the plugin's options for this transport. */
  readonly options?: unknown;
}

export interface Subject {
  readonly capabilities: TransportCapabilities;
  /** Whether messages are handed over as they are, and never encoded or copied. */
  readonly sharesMessages: boolean;
  /** One instance of the conformance plugin, for all tests that leave it as it was. */
  readonly instance: PluginInstance;
  /** A client of this instance. */
  readonly client: Client<typeof Conformance>;
  /** Launches another instance, for a test to end. */
  launch(plugin?: keyof typeof plugins, order?: Partial<Launch>): Promise<PluginInstance>;
  /** Launches another instance of the conformance plugin and stops it after use. */
  withInstance(
    use: (client: Client<typeof Conformance>, instance: PluginInstance) => Promise<void>,
    order?: Partial<Launch>,
  ): Promise<void>;
  /** A call's name, by which the plugin remembers what it has seen of it. */
  newId(): string;
  /** Waits until the plugin has seen enough of a call. */
  seenUntil(id: string, enough: (seen: SeenResponse) => boolean): Promise<SeenResponse>;
}

const conformance = new URL("../conformance/conformance.plugin.ts", import.meta.url);
const plugins = {
  conformance,
  "setup-throws": new URL("../conformance/setup-throws.plugin.ts", import.meta.url),
  "setup-hangs": new URL("../conformance/setup-hangs.plugin.ts", import.meta.url),
  "not-a": new URL("../conformance/not-a.plugin.ts", import.meta.url),
  missing: new URL("missing.plugin", conformance),
};
const guestProgram = new URL("../../guest/program.ts", import.meta.url);

/** Launches its instance before the tests of the group that it is made in, and stops it after them. */
export function createSubject({ name, transport, options }: SuiteTarget): Subject {
  let instance: PluginInstance;
  let client: Client<typeof Conformance>;
  let ids = 0;

  const subject: Subject = {
    capabilities: transport.capabilities,
    sharesMessages: isRecord(options) && options.messages === "share",
    get instance() {
      return instance;
    },
    get client() {
      return client;
    },
    async launch(plugin = "conformance", order = {}) {
      const spec = check(transport.options, { module: plugins[plugin], options }, name);
      return transport.launch(spec, {
        name: "subject",
        generation: 1,
        config: undefined,
        handshake: defaultHandshake,
        guestProgram,
        signal: AbortSignal.timeout(60_000),
        onLog: () => {},
        ...order,
      });
    },
    async withInstance(use, order = {}) {
      const other = await subject.launch("conformance", order);
      try {
        await use(createClient(Conformance, other.transport), other);
      } finally {
        await other.stop({ graceMs: 2000 });
      }
    },
    newId: () => `call-${++ids}`,
    seenUntil: (id, enough) =>
      until(
        `the plugin has seen enough of ${id}`,
        async () => {
          const seen = await client.seen({ id });
          return enough(seen) && seen;
        },
        { everyMs: 5 },
      ),
  };

  beforeAll(async () => {
    instance = await subject.launch();
    client = createClient(Conformance, instance.transport);
  });
  afterAll(async () => {
    await instance?.stop({ graceMs: 2000 });
  });
  return subject;
}
