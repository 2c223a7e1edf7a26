import { describe, expect, it } from "vitest";
import { createRuntime, definePlugin } from "../../src/index.ts";

const plugin = definePlugin({ setup: () => ({ routes: () => {} }) });

describe("createRuntime() with wrong options", () => {
  const module = new URL("./plugins/ledger.plugin.ts", import.meta.url);
  it.each([
    [{ plugin: {} }, "options.plugin: no such option; there are autoStart, onLog, onState, plugins, transports"],
    [{ plugins: { "a b": { module } } }, 'plugins: "a b" is no plugin name'],
    [{ plugins: { a: { modul: module } } }, "plugins.a.modul: no such option"],
    [
      { plugins: { a: { module, transport: "thread" } } },
      'plugins.a.transport: there is no transport "thread"; there are in-process, process, worker',
    ],
    [{ plugins: { a: { module: 7 } } }, "plugins.a.module: expected a URL, a path or a plugin, got 7"],
    [{ plugins: { a: {} } }, "plugins.a.options.process: a process plugin needs the URL of a `module`, or a `command`"],
    [
      { plugins: { a: { module: plugin, transport: "worker" } } },
      "plugins.a.options.worker: a worker plugin needs the URL of a `module`",
    ],
    [
      { plugins: { a: { module, health: { misses: 0 } } } },
      "plugins.a.health.misses: expected a number of at least 1, got 0",
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
    [{ onLog: "stderr" }, "options.onLog: expected a function"],
  ])("throws at once and names the path: %j", (options, message) => {
    expect(() => createRuntime(options as never)).toThrow(TypeError);
    expect(() => createRuntime(options as never)).toThrow(message);
  });
});
