import { describe, expect, it } from "vitest";
import { createRuntime, definePlugin } from "../../src/index.ts";

const plugin = definePlugin({ setup: () => ({ routes: () => {} }) });

describe("createRuntime() with wrong options", () => {
  const module = new URL("./plugins/ledger.plugin.ts", import.meta.url);
  it.each([
    [
      { plugin: {} },
      "options.plugin: no such option; there are autoStart, clock, onCall, onLog, onState, plugins, transports",
    ],
    [{ plugins: { "a b": { module } } }, 'plugins: "a b" is not a plugin name'],
    [{ plugins: { a: { modul: module } } }, "plugins.a.modul: no such option"],
    [
      { plugins: { a: { module, transport: "thread" } } },
      'plugins.a.transport: there is no transport "thread"; there are in-process, process, worker',
    ],
    [{ plugins: { a: { module: 7 } } }, "plugins.a.module: expected a URL, a path or a plugin, got 7"],
    [{ plugins: { a: {} } }, "plugins.a.options.process: a process plugin needs the URL of a `module`, or a `command`"],
    [
      { plugins: { a: { module: plugin, transport: "worker" } } },
      "plugins.a.module: a worker plugin needs the URL of a `module`",
    ],
    [
      { plugins: { a: { module, health: { misses: 0 } } } },
      "plugins.a.health.misses: expected a whole number of at least 1, got 0",
    ],
    [
      { plugins: { a: { module, restart: { maxRestarts: 1.5 } } } },
      "plugins.a.restart.maxRestarts: expected a whole number of at least 0, got 1.5",
    ],
    [
      { plugins: { a: { module, restart: { maxRestarts: "never" } } } },
      'plugins.a.restart.maxRestarts: expected a whole number or "unlimited", got "never"',
    ],
    [
      { plugins: { a: { module, onBootFailure: "ignore" } } },
      'plugins.a.onBootFailure: expected "continue" or "fail", got "ignore"',
    ],
    [{ plugins: { a: { module, health: true } } }, "plugins.a.health: expected an object or false, got true"],
    [
      { plugins: { a: { module, restart: { jitter: 2 } } } },
      "plugins.a.restart.jitter: expected a number from 0 to 1, got 2",
    ],
    [
      { plugins: { a: { module, transport: "worker", options: { worker: { memory: 1 } } } } },
      "plugins.a.options.worker.memory: no such option",
    ],
    [
      { plugins: { a: { module, options: { wokrer: {} } } } },
      'plugins.a.options.wokrer: there is no transport "wokrer"',
    ],
    [
      { plugins: { a: { module, transport: "process", options: { process: { runtime: "rhino" } } } } },
      'plugins.a.options.process.runtime: expected "bun" or "node" or "deno", got "rhino"',
    ],
    [
      { plugins: { a: { module, handshake: { cookieKey: "A" } } } },
      "plugins.a.handshake: expected cookieKey, cookieValue and at least one of protocolVersions",
    ],
    [{ transports: [{}] }, "options.transports[0]: expected a transport"],
    [{ onCall: 1 }, "options.onCall: expected a function"],
    [{ clock: 12 }, "options.clock: expected a clock with now and after, got 12"],
    [
      { plugins: { a: { module, faults: [{ chance: 2, drop: true }] } } },
      "plugins.a.faults[0].chance: expected a number from 0 to 1, got 2",
    ],
    [
      { plugins: { a: { module, faults: [{ delay: 5 }] } } },
      "plugins.a.faults[0].delay: no such option; there are chance, crash, delayMs, drop, error, hang, method, nth, service, slowStreamMs",
    ],
    [
      { plugins: { a: { module, faults: [{ method: "Greet" }] } } },
      "plugins.a.faults[0]: expected a fault: one of delayMs, slowStreamMs, error, drop, hang, crash",
    ],
    [
      { plugins: { a: { module, faults: [{ error: { code: "not_there" } }] } } },
      'plugins.a.faults[0].error.code: expected a code, such as Code.Unavailable, got "not_there"',
    ],
    [
      { plugins: { a: { module, faults: [{ error: { message: "no" } }] } } },
      "plugins.a.faults[0].error.code: expected a code",
    ],
    [
      { plugins: { a: { module, faults: [{ nth: 1.5, drop: true }] } } },
      "plugins.a.faults[0].nth: expected a whole number of at least 1, got 1.5",
    ],
    [
      { plugins: { a: { module, faults: [{ drop: true, error: { code: 5 } }] } } },
      "plugins.a.faults[0]: expected one of error, drop, hang, crash, got error and drop",
    ],
    [{ onLog: "stderr" }, "options.onLog: expected a function"],
  ])("throws at once and names the path: %j", (options, message) => {
    expect(() => createRuntime(options as never)).toThrow(TypeError);
    expect(() => createRuntime(options as never)).toThrow(message);
  });
});
