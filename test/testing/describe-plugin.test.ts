import { expect, it } from "vitest";
import { Conformance } from "../../proto/gen/loopp/v1/conformance_pb.ts";
import { definePlugin, type PluginTransport } from "../../src/index.ts";
import { describePlugin, type PluginCase } from "../../src/testing/index.ts";
import { createInProcessTransport } from "../../transports/in-process/index.ts";

const module = new URL("../../src/testing/conformance/conformance.plugin.ts", import.meta.url);
const ran: string[] = [];
const note = async ({ client, plugin, transport }: PluginCase) => {
  await client(Conformance).unary({});
  expect(plugin.status).toMatchObject({ name: "subject", transport, generation: 1, restarts: 0 });
  ran.push(transport);
};

describePlugin(
  module,
  {
    "is fresh for a first case": note,
    async "may be ended by a case"({ plugin, runtime }) {
      plugin.kill();
      await runtime.until("subject", "ready");
    },
    "is fresh again after that": note,
  },
  { name: "subject" },
);

const own: PluginTransport = { ...createInProcessTransport(), kind: "own" };
describePlugin(
  module,
  { "runs on a transport of one's own": note },
  { name: "subject", transports: ["own"], runtime: { transports: [own] } },
);

it("has run each case on each transport", () => {
  expect([...new Set(ran)]).toEqual(["in-process", "worker", "process", "own"]);
  expect(ran.length).toBeGreaterThanOrEqual(7);
});

it("takes a framework that it is given, and tells it the time limit", () => {
  const told: unknown[] = [];
  describePlugin(
    definePlugin({ setup: () => ({ routes: () => {} }) }),
    { "a case": () => {} },
    {
      transports: ["in-process"],
      timeoutMs: 7,
      framework: {
        describe: (name, body) => [told.push(name), body()],
        it: (name, _, timeoutMs) => told.push(name, timeoutMs),
      },
    },
  );
  expect(told).toEqual(["plugin on in-process", "a case", 7]);
});

it("says that a plugin which is given itself runs in-process only", () => {
  const plugin = definePlugin({ setup: () => ({ routes: () => {} }) });
  expect(() => describePlugin(plugin, {})).toThrow(TypeError);
  expect(() => describePlugin(plugin, {})).toThrow(
    "Cannot run the plugin on worker, process: a plugin that is given itself",
  );
});

it.each([
  [{ transport: ["worker"] }, "options.transport: no such option; there are framework, name, plugin, runtime, "],
  [
    { transports: ["wokrer"] },
    'plugins.plugin.transport: there is no transport "wokrer"; there are in-process, process, worker',
  ],
  [{ transports: "worker" }, 'options.transports: expected a list, got "worker"'],
  [{ transports: [] }, "options.transports: expected at least one, got an empty list"],
  [{ name: "a b" }, 'plugins: "a b" is not a plugin name'],
  [{ plugin: { restart: "never" } }, 'plugins.plugin.restart: expected an object or false, got "never"'],
  [{ plugin: { options: { worker: { memory: 1 } } } }, "plugins.plugin.options.worker.memory: no such option"],
  [{ runtime: { onLog: 5 } }, "options.onLog: expected a function"],
  [{ timeoutMs: 0 }, "options.timeoutMs: expected a number of at least 1, got 0"],
  [{ framework: {} }, "options.framework: expected a framework with describe and it"],
])("refuses options that are wrong at once, in one sentence: %j", (options, sentence) => {
  expect(() => describePlugin(module, { "a case": () => {} }, options as never)).toThrow(sentence);
});

it.each([
  [{}, "cases: expected at least one"],
  [undefined, "cases: expected an object, got undefined"],
  [{ "a case": 5 }, 'cases."a case": expected a function, got 5'],
])("refuses cases that test nothing: %j", (cases, sentence) => {
  expect(() => describePlugin(module, cases as never)).toThrow(sentence);
});
