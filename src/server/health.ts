/**
 * `GET /health` and `GET /readyz`, in the shape of a Chainlink node's: a list of checks, 200 when all of them pass, else 503.
 * Every plugin is a check: it passes `/readyz` when it can be called, and `/health` when it also answers its health checks. `/health`
 * includes what plugins report of their parts. It answers 207 where only parts fail, as a Chainlink node does, so that an
 * orchestrator does not restart a node because a chain cannot be reached.
 */
import { type Context, Hono } from "hono";
import { inTime, TimeoutError } from "../../transports/time/deadline.ts";
import type { Runtime } from "../runtime/create-runtime.ts";
import type { PluginStatus } from "../runtime/plugin-handle.ts";
import { errorText } from "../values/error-text.ts";

export interface HealthCheck {
  /** Dotted, such as "jobs.eth-usd". */
  readonly name: string;
  readonly status: "passing" | "failing";
  /** What is wrong, in one line; empty where nothing is. */
  readonly output: string;
}

/** Checks beside those of the plugins. One that fails or takes longer than 5 s is itself a failing check. */
export type HealthSource = () => Promise<readonly HealthCheck[]>;

const longestCheckMs = 5000;

export interface HealthSources {
  readonly health?: HealthSource;
  /** What plugins report of their parts. */
  readonly components?: HealthSource;
  readonly ready?: HealthSource;
}

export function healthRoutes(runtime: Runtime, { health, components, ready }: HealthSources): Hono {
  const plugins = (accepted: readonly string[]) =>
    [...runtime.plugins.values()].map(({ status }) => checkPlugin(status, accepted));
  return new Hono()
    .get("/health", async (c) => {
      const [own, parts] = await Promise.all([ask("health", health), ask("components", components)]);
      return answer(c, [...plugins(["ready"]), ...own], parts);
    })
    .get("/readyz", async (c) => answer(c, [...plugins(["ready", "degraded"]), ...(await ask("ready", ready))]));
}

function checkPlugin({ name, state, lastExit, launchFailure }: PluginStatus, accepted: readonly string[]): HealthCheck {
  const passing = accepted.includes(state);
  const ended =
    launchFailure !== undefined
      ? `; its last launch failed as "${launchFailure}"`
      : lastExit === undefined || state === "degraded"
        ? ""
        : `; its last instance ended as "${lastExit.reason}"`;
  return {
    name: `plugins.${name}`,
    status: passing ? "passing" : "failing",
    output: passing ? "" : `the plugin is in state "${state}"${ended}`,
  };
}

async function ask(name: string, source: HealthSource = async () => []): Promise<readonly HealthCheck[]> {
  const late = () => new TimeoutError(`the checks were not done within ${longestCheckMs} ms`);
  try {
    return await inTime({ timeoutMs: longestCheckMs, late }, source);
  } catch (error) {
    return [{ name, status: "failing", output: errorText(error) }];
  }
}

/** @param parts checks whose failure is no reason to restart the node */
function answer(c: Context, checks: readonly HealthCheck[], parts: readonly HealthCheck[] = []) {
  const pass = (some: readonly HealthCheck[]) => some.every(({ status }) => status === "passing");
  // As on a Chainlink node, `?failing` leaves out the checks that pass.
  const isWanted = ({ status }: HealthCheck) => c.req.query("failing") === undefined || status === "failing";
  const sorted = [...checks, ...parts]
    .filter(isWanted)
    .toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const data = sorted.map((check) => ({ type: "checks", id: check.name, attributes: check }));
  return c.json({ data }, !pass(checks) ? 503 : pass(parts) ? 200 : 207);
}
