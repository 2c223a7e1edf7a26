/** A runtime as tests want it: fast, quiet, and with a memory of what happened. */

import { systemClock } from "../../transports/time/clock.ts";
import { LaunchError } from "../../transports/transport.ts";
import { createRuntime, type Runtime, type RuntimeOptions } from "../runtime/create-runtime.ts";
import type { PluginLogLine } from "../runtime/log.ts";
import type { PluginOptions } from "../runtime/options.ts";
import type { PluginState, StateChange } from "../runtime/states.ts";
import { isRecord } from "../values/record.ts";

/**
 * The options of a runtime. What is left out has other defaults for its plugins than `createRuntime`: they are started again after
 * 1 ms each time, are given 500 ms to shut down, calls have a deadline of 5 s, there are no health checks, and nothing is printed.
 */
export type TestRuntimeOptions = RuntimeOptions;

export interface TestRuntime extends Runtime {
  /** Every line so far, oldest first. */
  readonly logs: readonly PluginLogLine[];
  /** Every change of a plugin's state so far, oldest first. */
  readonly states: readonly StateChange[];
  /**
   * Resolves when the plugin is in a state, at once when it is.
   * @param options.timeoutMs in real time. @default 30000
   * @throws Error when the state can no longer come by itself (the plugin is stopped or failed), or does not come in time; it tells
   * the states so far and what the plugin wrote last
   * @throws RangeError when there is no plugin of that name
   */
  until(plugin: string, state: PluginState, options?: { readonly timeoutMs?: number }): Promise<void>;
}

const quick = { initialDelayMs: 1, factor: 1, jitter: 0 };

/** What is of the wrong form stays as it is, for `createRuntime` to refuse. */
function withDefaults(options: PluginOptions): PluginOptions {
  if (!isRecord(options)) return options;
  const { restart } = options;
  return {
    stopGraceMs: 500,
    callTimeoutMs: 5000,
    health: false,
    ...options,
    ...(restart === undefined || isRecord(restart) ? { restart: { ...quick, ...restart } } : {}),
  };
}

/** Tells `given` what `own` is told, if it can. */
function both<T>(own: (value: T) => void, given: ((value: T) => void) | undefined): (value: T) => void {
  if (given !== undefined && typeof given !== "function") return given;
  return (value) => {
    own(value);
    given?.(value);
  };
}

/**
 * Starts the plugins, as `createRuntime` does. `await using` ends them also when the test throws.
 * @throws TypeError for wrong options, naming their path
 * @throws LaunchError for a plugin that does not come up; its message has what the plugin wrote to its standard error
 */
export async function createTestRuntime(options: TestRuntimeOptions = {}): Promise<TestRuntime> {
  const logs: PluginLogLine[] = [];
  const states: StateChange[] = [];
  const watchers = new Set<() => void>();
  const noteState = (change: StateChange) => {
    states.push(change);
    for (const watcher of watchers) watcher();
  };
  const noting = ({ plugins = {}, onLog, onState, ...others }: TestRuntimeOptions): RuntimeOptions => ({
    ...others,
    plugins: isRecord(plugins)
      ? Object.fromEntries(Object.entries(plugins).map(([name, plugin]) => [name, withDefaults(plugin)]))
      : plugins,
    onLog: both((line) => logs.push(line), onLog),
    onState: both(noteState, onState),
  });
  const runtime = await createRuntime(isRecord(options) ? noting(options) : options).catch((error: unknown) => {
    throw telling(error);
  });

  function until(name: string, wanted: PluginState, { timeoutMs = 30_000 } = {}): Promise<void> {
    const plugin = runtime.plugin(name);
    const begin = states.length;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const give = (why: string) => {
      const seen = states.filter((change) => change.plugin === name).map(({ to }) => to);
      const last = logs.filter((line) => line.plugin === name).slice(-5);
      reject(
        new Error(
          [
            `Plugin "${name}" did not become "${wanted}": ${why}`,
            `states: ${seen.join(", ") || "none"}`,
            ...last.map(({ message }) => `log: ${message}`),
          ].join("\n  "),
        ),
      );
    };
    const look = () => {
      const since = states.slice(begin).filter((change) => change.plugin === name);
      if (plugin.state === wanted || since.some(({ to }) => to === wanted)) resolve();
      else if (plugin.state === "failed" || plugin.state === "stopped") give(`it is ${plugin.state}`);
    };
    const cancel = systemClock.after(timeoutMs, () => give(`it is ${plugin.state} after ${timeoutMs} ms`));
    watchers.add(look);
    if (plugin.state === wanted) resolve();
    // A start that was asked for just now has not shown yet.
    else setImmediate(look);
    return promise.finally(() => {
      cancel();
      watchers.delete(look);
    });
  }

  return {
    ...runtime,
    logs,
    states,
    add: (name, plugin) =>
      runtime.add(name, withDefaults(plugin)).catch((error: unknown) => {
        throw telling(error);
      }),
    until,
  };
}

/** A launch error that shows what the plugin wrote, as frameworks print no more than the message. */
function telling(error: unknown): unknown {
  if (!(error instanceof LaunchError)) return error;
  const missing = error.lastStderr.filter((line) => !error.message.includes(line));
  if (missing.length === 0) return error;
  const message = [error.message, ...missing.map((line) => `stderr: ${line}`)].join("\n  ");
  return new LaunchError(error.code, message, { cause: error, lastStderr: error.lastStderr });
}
