/**
 * `GET /health`, `GET /health.txt` and `GET /readyz`, in the shapes of a Chainlink node's: a list of checks, 200 when all of them pass,
 * else 503. Every plugin is a check: it passes `/readyz` when it can be called, and `/health` when it also answers its health checks.
 * `/health` includes what plugins report of their parts. It answers 207 where only parts fail, as a Chainlink node does, so that an
 * orchestrator does not restart a node because a chain cannot be reached.
 *
 * `GET /livez` looks at none of them: it is answered for as long as the node's loop turns.
 */
import { type Context, Hono } from "hono";
import { inTime, TimeoutError } from "../../transports/time/deadline.ts";
import { preferredType } from "../http/accept.ts";
import type { Runtime } from "../runtime/create-runtime.ts";
import type { PluginStatus } from "../runtime/plugin-handle.ts";
import { formatChecks, type HealthCheck, type HealthType, healthTypes } from "./health-formats.ts";
import { pagePolicy } from "./page.ts";

export type { HealthCheck };

/** Checks beside those of the plugins. One that fails or takes longer than 5 s is itself a failing check. */
export type HealthSource = () => Promise<readonly HealthCheck[]>;

const longestCheckMs = 5000;

export interface HealthSources {
  readonly health?: HealthSource;
  /** What plugins report of their parts. */
  readonly components?: HealthSource;
  readonly ready?: HealthSource;
  /** Called with what a source threw. */
  readonly onError: (error: unknown, request: Request) => void;
}

export function healthRoutes(runtime: Runtime, { health, components, ready, onError }: HealthSources): Hono {
  const plugins = (accepted: readonly string[]) =>
    [...runtime.plugins.values()].map(({ status }) => checkPlugin(status, accepted));

  async function ask(c: Context, name: string, source: HealthSource = async () => []): Promise<readonly HealthCheck[]> {
    const late = new TimeoutError(`the checks were not done within ${longestCheckMs} ms`);
    try {
      return await inTime({ timeoutMs: longestCheckMs, late: () => late }, source);
    } catch (error) {
      if (error !== late) onError(error, c.req.raw);
      // Its message may hold anything, secrets included: it is for the log.
      return [
        { name, status: "failing", output: error === late ? late.message : "the checks failed; the log says why" },
      ];
    }
  }

  async function answerHealth(c: Context, type: HealthType) {
    const [own, parts] = await Promise.all([ask(c, "health", health), ask(c, "components", components)]);
    return answer(c, type, [...plugins(["ready"]), ...own], parts);
  }

  return new Hono()
    .get("/livez", (c) => c.text("ok\n"))
    .get("/health", (c) => answerHealth(c, preferred(c)))
    .get("/health.txt", (c) => answerHealth(c, "text/plain"))
    .get("/readyz", async (c) => {
      return answer(c, preferred(c), [...plugins(["ready", "degraded"]), ...(await ask(c, "ready", ready))]);
    });
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

function preferred(c: Context): HealthType {
  c.header("vary", "accept");
  return preferredType(c.req.header("accept") ?? "", healthTypes);
}

/** @param parts checks whose failure is no reason to restart the node */
function answer(
  c: Context,
  type: HealthType,
  checks: readonly HealthCheck[],
  parts: readonly HealthCheck[] = [],
): Response {
  const pass = (some: readonly HealthCheck[]) => some.every(({ status }) => status === "passing");
  // As on a Chainlink node, `?failing` leaves out the checks that pass.
  const isWanted = ({ status }: HealthCheck) => c.req.query("failing") === undefined || status === "failing";
  const sorted = [...checks, ...parts]
    .filter(isWanted)
    .toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const { contentType, body } = formatChecks(sorted, type);
  return c.body(body, !pass(checks) ? 503 : pass(parts) ? 200 : 207, {
    "content-type": contentType,
    "content-security-policy": pagePolicy,
    "cache-control": "no-cache",
  });
}
