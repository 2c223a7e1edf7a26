/** Plugin processes that do not do what they should. Whatever they do, the host hears one clear word of it, and nothing is left. */

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Code } from "@connectrpc/connect";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Conformance, DieRequest_How } from "../../../proto/gen/loopp/v1/conformance_pb.ts";
import { failure } from "../../../src/testing/failure.ts";
import { until } from "../../../src/testing/until.ts";
import { createClient } from "../../../transports/calls/client.ts";
import { findExit } from "../../../transports/calls/errors.ts";
import { check } from "../../../transports/options/check.ts";
import { createProcessTransport } from "../../../transports/process/index.ts";
import { type Launch, LaunchError, type PluginInstance } from "../../../transports/transport.ts";
import { createLaunch, createLog, isRunning, processesWith, program, uniqueSeconds } from "../support.ts";

const transport = createProcessTransport();
let folder: string;
const before = process.env.XDG_RUNTIME_DIR;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hostile-"));
  process.env.XDG_RUNTIME_DIR = folder;
});
afterAll(() => {
  if (before === undefined) delete process.env.XDG_RUNTIME_DIR;
  else process.env.XDG_RUNTIME_DIR = before;
  rmSync(folder, { recursive: true, force: true });
});

/** Each a part of one plugin's command line, and of no other. */
const markers: string[] = [];

/** Whatever happened: no process, no directory, no socket. */
async function expectNothingLeft(): Promise<void> {
  await until("no plugin runs", () => processesWith(folder).length === 0);
  for (const marker of markers.splice(0))
    await until("nothing runs that a plugin has started", () => processesWith(marker).length === 0);
  await until("no plugin's directory is left", () => readdirSync(folder).length === 0);
}
afterEach(expectNothingLeft);

function launch(command: { command: string; args: string[] }, order: Partial<Launch> = {}): Promise<PluginInstance> {
  const marker = uniqueSeconds();
  markers.push(marker);
  const args = [...command.args, marker];
  // The folder is named on the command line of a shell, and in the environment only, for the plugin itself.
  return transport.launch(
    check(transport.options, { options: { command: command.command, args } }, "subject"),
    createLaunch(order),
  );
}

function launchForeign(mode: string, order: Partial<Launch> = {}): Promise<PluginInstance> {
  return launch(program("foreign.ts", mode), order);
}

async function launchError(launching: Promise<PluginInstance>): Promise<LaunchError> {
  const thrown = await launching.then(
    async (instance) => {
      await instance.stop({ graceMs: 1000 });
      return undefined;
    },
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(LaunchError);
  return thrown as LaunchError;
}

const shell = (script: string) => ({ command: "/bin/sh", args: ["-c", script] });

describe("a plugin process that does not come up", () => {
  it.each([
    ["a wrong core version", "wrong-core", /incompatible core API version, the plugin has 2, the host 1/],
    ["the old protocol", "netrpc", /unsupported plugin protocol "netrpc", only grpc is spoken/],
    ["a certificate that nobody asked for", "certificate", /offers TLS, which this host did not ask for/],
  ])("is refused for %s", async (_, mode, message) => {
    const error = await launchError(launchForeign(mode));
    expect(error.code).toBe("handshake-failed");
    expect(error.message).toMatch(message);
  });

  it("says how it ended when it ends before its handshake", async () => {
    const clean = await launchError(launchForeign("exits-first"));
    expect(clean.code).toBe("launch-failed");
    expect(clean.message).toBe("The plugin ended before it was ready: exited (exit code 0): no database");
    const crashed = await launchError(launchForeign("crashes-first"));
    expect(crashed.message).toMatch(/^The plugin ended before it was ready: crashed \(exit code 2\): /);
    expect(crashed.lastStderr).toEqual(["panic: no database", "goroutine 1 [running]:"]);
    const killed = await launchError(launch(shell("kill -KILL $$")));
    expect(killed.message).toBe("The plugin ended before it was ready: crashed (SIGKILL)");
  });

  it("says what the system says when its command cannot be run", async () => {
    const missing = await launchError(launch({ command: "/nowhere/plugin", args: [] }));
    expect(missing.code).toBe("launch-failed");
    expect(missing.message).toMatch(/^Cannot start "\/nowhere\/plugin": .*(ENOENT|No such file)/);
    const unnamed = await launchError(launch({ command: "no-such-plugin", args: [] }));
    expect(unnamed.message).toMatch(/^Cannot start "no-such-plugin": /);
    const folderItself = await launchError(launch({ command: tmpdir(), args: [] }));
    expect(folderItself.message).toMatch(/^Cannot start .*(EACCES|ermission)/);
    // Systems blame the command for a folder that is not there.
    const elsewhere = check(transport.options, { options: { ...shell("exit"), cwd: "/nowhere/at/all" } }, "subject");
    const lost = await launchError(transport.launch(elsewhere, createLaunch()));
    expect(lost.message).toMatch(/^Cannot start "\/bin\/sh" in "\/nowhere\/at\/all": /);
  });

  it.each(["bun", "node", "deno"])("waits on %s for a setup that waits for nothing but a promise", async (runtime) => {
    const module = new URL("../../../src/testing/conformance/setup-hangs.plugin.ts", import.meta.url);
    const spec = check(transport.options, { module, options: { runtime } }, "subject");
    const error = await launchError(transport.launch(spec, createLaunch({ signal: AbortSignal.timeout(2000) })));
    expect(error.message).not.toMatch(/ended before it was ready/);
  });

  it("fails before it is started when its config is not JSON", async () => {
    const error = await launchError(launchForeign("plain", { config: { price: 5n } }));
    expect(error.code).toBe("launch-failed");
    expect(error.message).toMatch(/^Cannot prepare the plugin's config and sockets: .*BigInt/);
  });

  it("ends with the launch's signal when it never says a handshake", async () => {
    const error = await launchError(launch(program("raw.mjs", "no-handshake"), { signal: AbortSignal.timeout(400) }));
    expect(error.code).toBe("launch-failed");
    expect(error.message).toMatch(/time|abort/i);
    const never = await launchError(launch(program("raw.mjs", "no-handshake"), { signal: AbortSignal.abort() }));
    expect(never.code).toBe("launch-failed");
  });

  it("fails at once when it closes its standard output and stays", async () => {
    const error = await launchError(launch(shell("echo hello; exec >&-; exec sleep 1000")));
    expect(error.code).toBe("handshake-failed");
    expect(error.message).toBe("The plugin closed its standard output without a handshake");
  });

  it("fails when it says half a handshake", async () => {
    const error = await launchError(
      launch(shell("printf '1|1|unix'; exec sleep 1000"), { signal: AbortSignal.timeout(400) }),
    );
    expect(error.code).toBe("launch-failed");
    const cut = await launchError(launch(shell("printf '1|1|unix'")));
    expect(cut.message).toMatch(/fewer than four fields|ended before it was ready/);
  });

  it("says how it ended when it ends right after its handshake", async () => {
    const error = await launchError(launch(shell("echo '1|1|unix|/nowhere/at.all|grpc|'; echo no luck >&2; exit 4")));
    expect(error.code).toBe("launch-failed");
    expect(error.message).toBe("The plugin ended before it was ready: crashed (exit code 4): no luck");
  });

  it.each([
    ["nothing is", "dead-socket"],
    ["garbage comes from", "garbage"],
    ["something speaks HTTP/1.1 from", "text"],
    ["a frame that is too large comes from", "huge-frame"],
    ["headers that cannot be read come from", "bad-headers"],
    ["only a farewell comes from", "goaway"],
    ["every call is taken back on", "resets"],
    ["every connection is dropped by", "closes"],
    ["every connection is ended by", "ends"],
  ])("cannot be reached when %s its socket", async (_, mode) => {
    const { code, message, lastStderr } = await launchError(launch(program("raw.mjs", mode)));
    // All of it at once: a code alone does not say what went wrong.
    expect({ code, message, lastStderr }).toEqual({
      code: "handshake-failed",
      message: expect.stringMatching(/^Cannot reach the plugin on .*raw\.sock: ./),
      lastStderr: [],
    });
  });

  it("cannot be reached when nothing answers on its socket, and the host does not wait for ever", async () => {
    const error = await launchError(launch(program("raw.mjs", "silent")));
    expect(error.code).toBe("handshake-failed");
    expect(error.message).toMatch(/^Cannot reach the plugin on .*: .*timed out/);
    const impatient = await launchError(launch(program("raw.mjs", "silent"), { signal: AbortSignal.timeout(1000) }));
    expect(impatient.code).toBe("launch-failed");
  });
});

describe("a plugin process of another make", () => {
  async function withForeign(
    mode: string,
    use: (client: ReturnType<typeof createClient<typeof Conformance>>, instance: PluginInstance) => Promise<void>,
    order: Partial<Launch> = {},
  ): Promise<void> {
    const instance = await launchForeign(mode, order);
    try {
      await use(createClient(Conformance, instance.transport), instance);
    } finally {
      expect(await instance.stop({ graceMs: 5000 })).toMatchObject({ reason: "clean" });
    }
  }

  it("works, and what it prints arrives in lines", async () => {
    const log = createLog();
    await withForeign(
      "plain",
      async (client, instance) => {
        expect((await client.unary({ data: Uint8Array.of(4) })).data[0]).toBe(4);
        let count = 0;
        for await (const _ of client.serverStream({ count: 50, sizeBytes: 100 })) count++;
        expect(count).toBe(50);
        expect((await failure(() => client.unary({ error: { code: Code.DataLoss, message: "lost" } }))).code).toBe(
          Code.DataLoss,
        );
        expect((await failure(() => client.unary({ hang: true }, { timeoutMs: 50 }))).code).toBe(Code.DeadlineExceeded);
        expect(instance.facts.pid).toBeGreaterThan(1);
        await until('the log has "printed to stdout"', () => log.has("printed to stdout"));
      },
      { onLog: log.onLog },
    );
    // The end of a line that never came is there all the same.
    expect(log.entries).toContainEqual(expect.objectContaining({ message: "without an end", source: "stderr" }));
    expect(log.has("nowhere")).toBe(false);
  });

  it("works without a health service", async () => {
    await withForeign("no-health", async (client) => {
      expect((await client.unary({})).received).toBe(1);
    });
  });

  it("may print anything before its handshake: it is logged", async () => {
    const log = createLog();
    await withForeign("junk-first", async (client) => void (await client.unary({})), { onLog: log.onLog });
    const printed = log.entries.filter(({ source }) => source === "stdout").map(({ message }) => message);
    expect(printed.slice(0, 2)).toEqual(["> starting", "  12:30 loading | please wait | soon"]);
  });

  it("may close its standard output after its handshake", async () => {
    await withForeign("closes-stdout", async (client) => {
      await new Promise((resolve) => setTimeout(resolve, 700));
      expect((await client.unary({})).received).toBe(1);
    });
  });

  it("may write lines without an end: they are cut, marked and not kept", async () => {
    const log = createLog();
    await withForeign("long-lines", async (client) => void (await client.unary({})), { onLog: log.onLog });
    for (const source of ["stdout", "stderr"]) {
      const pieces = log.entries.filter((entry) => entry.source === source).map(({ message }) => message);
      const text = pieces.map((piece) => piece.replace(/ \[cut\]$/, "")).filter((piece) => /^x+$/.test(piece));
      expect(text.join("").length).toBe(10 * 1024 * 1024);
      expect(Math.max(...pieces.map(({ length }) => length))).toBeLessThan(65 * 1024);
      expect(pieces.filter((piece) => piece.endsWith(" [cut]")).length).toBeGreaterThan(100);
    }
  });

  it("may write bytes that are no text", async () => {
    const log = createLog();
    await withForeign("garbage-on-stderr", async (client) => void (await client.unary({})), { onLog: log.onLog });
    expect(log.entries.filter(({ source }) => source === "stderr").length).toBeGreaterThan(100);
    for (const { level } of log.entries) expect(["trace", "debug", "info", "warn", "error"]).toContain(level);
  });

  it("may log ten thousand lines a second while calls are answered", async () => {
    const log = createLog();
    await withForeign(
      "floods",
      async (client) => {
        await until("the log has the last line", () => log.has("line 10000"));
        for (let count = 0; count < 50; count++)
          await client.unary({ data: Uint8Array.of(count) }, { timeoutMs: 10_000 });
      },
      { onLog: log.onLog },
    );
    const lines = log.entries
      .filter(({ message }) => message.startsWith("line "))
      .map(({ message }) => Number(message.slice(5)));
    expect(lines).toEqual(lines.map((_, index) => index + 1));
  });

  it("may announce connections that are not there: calls on them fail, and the others work", async () => {
    await withForeign("bad-conn-info", async (client, instance) => {
      for (const id of [1, 2, 3, 4, 5]) {
        await using connection = await instance.broker.dial(id);
        const error = await failure(() =>
          createClient(Conformance, connection.transport).unary({}, { timeoutMs: 10_000 }),
        );
        expect([id, error.code]).toEqual([id, Code.Unavailable]);
      }
      for (const id of [6, 7]) {
        expect((await failure(() => instance.broker.dial(id, { timeoutMs: 50 }))).code).toBe(Code.Unavailable);
      }
      await using connection = await instance.broker.dial(8);
      expect((await createClient(Conformance, connection.transport).unary({})).received).toBe(1);
      expect((await client.unary({})).received).toBe(1);
    });
  });

  it("that breaks its connection is ended: its broker would not work any more", async () => {
    const instance = await launchForeign("garbage-in-call");
    const client = createClient(Conformance, instance.transport);
    const calls = [client.unary({}), client.seen({ id: "nobody" })].map((call) => failure(() => call));
    for (const error of await Promise.all(calls)) {
      expect(error.code).toBe(Code.Unavailable);
      expect(findExit(error)).toMatchObject({ reason: "protocol-error" });
    }
    const exit = await instance.exited;
    expect(exit.reason).toBe("protocol-error");
    expect(exit.message).toMatch(/^the connection to the plugin broke: ./);
  });

  it.each([
    ["answers it and stays", "ignores-shutdown"],
    ["does not answer it", "hangs-in-shutdown"],
  ])("is killed when it is asked to end, %s, and the time is over", async (_, mode) => {
    const instance = await launchForeign(mode);
    const exit = await instance.stop({ graceMs: 300 });
    expect(exit).toMatchObject({ reason: "killed", signal: "SIGKILL" });
    expect(isRunning(instance.facts.pid ?? 0)).toBe(false);
  });

  it("that ends while calls are in flight fails them with its exit", async () => {
    const instance = await launchForeign("plain");
    const client = createClient(Conformance, instance.transport);
    const calls = [
      failure(() => client.unary({ hang: true })),
      failure(async () => {
        for await (const _ of client.serverStream({ count: 1, hang: true }));
      }),
    ];
    await client.unary({});
    calls.push(failure(() => client.die({ how: DieRequest_How.EXIT, code: 7 })));
    for (const error of await Promise.all(calls)) {
      expect(error.code).toBe(Code.Unavailable);
      expect(findExit(error)).toMatchObject({ reason: "crashed" });
    }
    expect(await instance.exited).toMatchObject({ reason: "crashed", code: 7 });
    const killed = await launchForeign("plain");
    process.kill(killed.facts.pid ?? 0, "SIGTERM");
    expect(await killed.exited).toMatchObject({ reason: "crashed", signal: "SIGTERM" });
  });

  it("takes what it started with it, also what holds its outputs", async () => {
    const instance = await launchForeign("grandchild");
    const sleep = `sleep\x00${markers.at(-1)}`;
    await until("the plugin has started its child", () => processesWith(sleep).length === 1);
    expect(await instance.stop({ graceMs: 5000 })).toMatchObject({ reason: "clean" });
    await until("the plugin's child is gone", () => processesWith(sleep).length === 0);
  });

  it("is over although a process in a session of its own holds its outputs", async () => {
    const instance = await launchForeign("grandchild-of-its-own");
    const sleep = `sleep\x00${markers.at(-1)}`;
    await until("the plugin has started its child", () => processesWith(sleep).length === 1);
    const [daemon = 0] = processesWith(sleep);
    expect(await instance.stop({ graceMs: 5000 })).toMatchObject({ reason: "clean" });
    // Who leaves the group is on its own.
    expect(isRunning(daemon)).toBe(true);
    process.kill(daemon, "SIGKILL");
  });
});
