/**
 * The guest program: turns a plugin module into services, wherever the plugin runs. It gives every plugin a checked config, a
 * logger, metrics, and the Health and Diagnostics services beside its own.
 */
import type { Guest, GuestSetup } from "../../transports/guest.ts";
import { createLogger } from "../../transports/logs/log.ts";
import { formatIssue } from "../../transports/options/check.ts";
import type { StandardResult } from "../../transports/options/standard-schema.ts";
import type { ServedService } from "../../transports/plugin.ts";
import { createCallTally } from "../metrics/call-tally.ts";
import { isRecord } from "../values/record.ts";
import { describe } from "../values/text.ts";
import { countedAnswers, countedBroker } from "./counted-calls.ts";
import { diagnosticsRoutes } from "./diagnostics.ts";
import { healthRoutes, serviceHealth } from "./health.ts";
import { createMetrics } from "./metrics.ts";
import { metricsAddress } from "./metrics-address.ts";

/** @throws TypeError when the plugin's schema refuses its config or its `setup` returns no services, and whatever its `setup` throws */
export async function guestProgram(setup: GuestSetup): Promise<Guest> {
  const { plugin, signal, protocolVersion } = setup;
  const calls = { answered: createCallTally(), made: createCallTally() };
  let service: ServedService | undefined;
  const metrics = createMetrics(calls, setup, {
    version: plugin.version,
    startedAt: performance.now(),
    health: () => serviceHealth(service, signal),
  });
  const address = setup.ownProcess ? metricsAddress(process.env) : undefined;
  const log = createLogger((entry) => setup.log(entry));
  const served = await plugin.setup({
    config: await checkConfig(setup),
    log,
    metrics,
    broker: countedBroker(setup.broker, calls),
    signal,
    protocolVersion,
  });
  checkServed(served);
  service = served.service;
  if (address !== undefined) {
    const named = service === undefined ? log : log.with({ logger: service.name() });
    await (await import("./metrics-server.ts")).serveMetrics(address, metrics, named);
  }
  return {
    answer: (more) =>
      countedAnswers((router) => {
        healthRoutes(signal, setup.fault)(router);
        diagnosticsRoutes({ metrics, protocolVersion, routes: served.routes })(router);
        served.routes(router);
        more?.(router);
      }, calls.answered),
    async dispose() {
      await served.dispose?.();
    },
  };
}

async function checkConfig({ plugin, config }: GuestSetup): Promise<unknown> {
  if (plugin.config === undefined) return config;
  const result: StandardResult<unknown> = await plugin.config["~standard"].validate(config);
  if (result.issues === undefined) return result.value;
  const issues = result.issues.map((issue) => formatIssue(issue, "config"));
  throw new TypeError(`Cannot use the plugin's config: ${issues.join("; ")}`);
}

/** Plugins in plain JavaScript may return anything. */
function checkServed(served: unknown): void {
  const wanted = "it must return an object with `routes`, a function that adds the plugin's services to a router";
  const returned = "The plugin's `setup` returned";
  if (!isRecord(served)) throw new TypeError(`${returned} ${describe(served)}: ${wanted}`);
  const { routes, dispose } = served;
  if (typeof routes !== "function") {
    throw new TypeError(`${returned} an object whose \`routes\` is ${describe(routes)}: ${wanted}`);
  }
  if (dispose !== undefined && typeof dispose !== "function") {
    throw new TypeError(
      `${returned} an object whose \`dispose\` is ${describe(dispose)}: it must be a function, or left out`,
    );
  }
}
