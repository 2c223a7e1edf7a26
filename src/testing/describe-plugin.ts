/** One set of cases, run over every transport that a plugin may run on. */
import type { DescService } from "@bufbuild/protobuf";
import type { Client } from "@connectrpc/connect";
import { isPluginModule } from "../../transports/guest.ts";
import { check } from "../../transports/options/check.ts";
import { anything, expected, listOf, numberFrom, object, recordOf, text } from "../../transports/options/schema.ts";
import type { PluginModule } from "../../transports/plugin.ts";
import { transportKinds } from "../runtime/built-in-transports.ts";
import { createRuntime } from "../runtime/create-runtime.ts";
import type { PluginOptions } from "../runtime/options.ts";
import type { ClientOptions, PluginHandle } from "../runtime/plugin-handle.ts";
import { findFramework, isFramework, type TestFramework } from "./framework.ts";
import { createTestRuntime, type TestRuntime, type TestRuntimeOptions } from "./test-runtime.ts";

/** What a case is given: a plugin that has just started, alone in a runtime of its own. */
export interface PluginCase {
  /** A typed client of the plugin, as `plugin.client`. */
  client<Service extends DescService>(service: Service, options?: ClientOptions): Client<Service>;
  readonly plugin: PluginHandle;
  readonly runtime: TestRuntime;
  /** The kind of transport that the plugin runs on. */
  readonly transport: string;
}

export type PluginCases = Readonly<Record<string, (given: PluginCase) => void | Promise<void>>>;

export interface DescribePluginOptions {
  /** Stands in the name of the tests, and is the plugin's name. @default "plugin" */
  readonly name?: string;
  /** Kinds of transports. Those of your own must be in `runtime.transports`. @default in-process, worker, process */
  readonly transports?: readonly string[];
  /** The plugin's other options: config, faults, options of its transports ... */
  readonly plugin?: Omit<PluginOptions, "module" | "transport">;
  readonly runtime?: Omit<TestRuntimeOptions, "plugins" | "autoStart">;
  /** Time limit of each case in milliseconds, where the framework has one. @default 30000 */
  readonly timeoutMs?: number;
  /** @default the one that is running: vitest, `bun test`, `deno test`, or `node --test` */
  readonly framework?: TestFramework;
}

/**
 * Declares one test for each case and transport.
 * @param module the URL or path of the plugin's module, or the plugin itself, which runs in-process only
 * @throws TypeError at once for wrong options, for no cases, and for transports that cannot run the plugin
 */
export function describePlugin(
  module: URL | string | PluginModule,
  cases: PluginCases,
  options: DescribePluginOptions = {},
): void {
  check(suiteOptions, options, "options");
  const { name = "plugin", transports = transportKinds, timeoutMs = 30_000 } = options;
  const impossible = transports.filter((kind) => kind !== "in-process");
  if (isPluginModule(module) && impossible.length > 0) {
    throw new TypeError(
      `Cannot run the plugin on ${impossible.join(", ")}: a plugin that is given itself runs in-process only; ` +
        'give the URL of its module, or `transports: ["in-process"]`',
    );
  }
  if (transports.length === 0) throw new TypeError("options.transports: expected at least one, got an empty list");
  if (Object.keys(check(suiteCases, cases, "cases")).length === 0) {
    throw new TypeError("cases: expected at least one, a function by its title");
  }
  const optionsOn = (transport: string) => ({
    ...options.runtime,
    plugins: { [name]: { ...options.plugin, module, transport } },
  });
  // Throws at once for what is wrong; nothing is started.
  for (const transport of transports) void createRuntime({ ...optionsOn(transport), autoStart: false });
  const framework = options.framework ?? findFramework();
  for (const transport of transports) {
    framework.describe(`${name} on ${transport}`, () => {
      for (const [title, run] of Object.entries(cases)) {
        framework.it(
          title,
          async () => {
            await using runtime = await createTestRuntime(optionsOn(transport));
            const plugin = runtime.plugin(name);
            await run({ client: (service, more) => plugin.client(service, more), plugin, runtime, transport });
          },
          timeoutMs,
        );
      }
    });
  }
}

const suiteOptions = object({
  name: text,
  transports: listOf(text),
  plugin: anything,
  runtime: anything,
  timeoutMs: numberFrom(1),
  framework: expected("a framework with describe and it", isFramework),
});

const suiteCases = recordOf(expected("a function", (value) => typeof value === "function"));
