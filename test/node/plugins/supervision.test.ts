/** What happens to relayers and their callers when a plugin hangs, dies, or is replaced. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Code, ConnectError } from "@connectrpc/connect";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createRuntime, type PluginOptions, type Runtime } from "../../../src/index.ts";
import { relayerHandshake } from "../../../src/loop/handshakes.ts";
import type { Keystore } from "../../../src/loop/keystore/types.ts";
import { createNodeRelayer } from "../../../src/node/relayers/relayer.ts";
import { until } from "../../../src/testing/until.ts";
import { writeCommand } from "../commands.ts";

const module = new URL("../fixtures/relayer.plugin.ts", import.meta.url);
/** As plugins in other languages; that transports are alike is seen elsewhere. */
const transport = "process";
const keystore = { accounts: async () => ["account"] } as unknown as Keystore;
const args = {
  externalJobId: "00000000-0000-0000-0000-000000000000",
  jobId: 1,
  contractId: "c",
  isNew: true,
  relayConfig: new Uint8Array(),
};

let folder: string;
let gate: string;
let ledger: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "supervision-"));
  gate = join(folder, "gate");
  ledger = join(folder, "ledger");
});
afterEach(() => {
  // Whatever still waits there goes on.
  writeFileSync(gate, "");
  rmSync(folder, { recursive: true, force: true });
});

const noted = () => (existsSync(ledger) ? readFileSync(ledger, "utf8").trim().split("\n") : []);
const count = (what: string) => noted().filter((line) => line.includes(` ${what}`)).length;
const open = () => writeFileSync(gate, "");

function start(options: PluginOptions): Promise<Runtime> {
  const restart = { initialDelayMs: 1, jitter: 0, maxRestarts: 100 };
  return createRuntime({
    plugins: { fake: { handshake: relayerHandshake, restart, ...options } },
    onLog: () => {},
  });
}

describe("a relayer", () => {
  it("that hangs while it is made holds none of 64 callers beyond the caller's deadline, and is made once", async () => {
    await using runtime = await start({ module, transport, config: { gate, ledger } });
    const { relayer } = createNodeRelayer(runtime.plugin("fake"), "a", keystore);
    const patient = relayer.get();
    const callers = Array.from({ length: 64 }, (_, n) => relayer.get({ timeoutMs: 1 + n }));
    // Only while it hangs: were one of them held by another, this would never be over.
    for (const ended of await Promise.allSettled(callers)) expect(ended.status).toBe("rejected");
    open();
    expect((await (await patient).chainStatus()).id).toBe("a");
    expect(count("asked")).toBe(1);
  });

  it("that is not made in time also fails callers without a deadline, and the next caller gets one", async () => {
    await using runtime = await start({ module, transport, config: { gate, ledger } });
    const { relayer } = createNodeRelayer(runtime.plugin("fake"), "a", keystore, 50);
    const error = await relayer.get().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConnectError);
    expect((error as ConnectError).code).toBe(Code.DeadlineExceeded);
    open();
    // One that comes when no caller waits any more is closed again.
    await until("what was made has been closed", () => count("made") === count("close Fake"));
    const other = createNodeRelayer(runtime.plugin("fake"), "b", keystore);
    expect((await (await other.relayer.get()).chainStatus()).id).toBe("b");
  });

  it("works until its replacement is ready, and is closed only then", async () => {
    await using runtime = await start({ module, transport, config: { gate, ledger } });
    open();
    const plugin = runtime.plugin("fake");
    const { relayer } = createNodeRelayer(plugin, "a", keystore);
    await relayer.get();
    rmSync(gate);
    const replaced = plugin.restart();
    await until("a second relayer was asked for", () => count("asked") === 2);
    expect(plugin.status.generation).toBe(2);
    expect((await (await relayer.get()).chainStatus()).id).toBe("a");
    expect(count("close")).toBe(0);
    open();
    expect(await replaced).toMatchObject({ recreated: 1, cutOff: 0 });
    expect((await (await relayer.get()).chainStatus()).id).toBe("a");
    expect(noted().map((line) => line.split(" ")[1])).toEqual(["asked", "made", "asked", "made", "close", "close"]);
  });

  it("goes on working when its replacement does not start", async () => {
    await using runtime = await start({ module, transport, config: { gate, ledger } });
    open();
    const plugin = runtime.plugin("fake");
    const { relayer } = createNodeRelayer(plugin, "a", keystore);
    const first = await relayer.get();
    await expect(plugin.switchTo("nowhere")).rejects.toThrow('there is no transport "nowhere"');
    expect(await relayer.get()).toBe(first);
    expect((await first.chainStatus()).id).toBe("a");
  });

  it("is not made again because a caller has given up", async () => {
    await using runtime = await start({ module, transport, config: { ledger } });
    const { relayer } = createNodeRelayer(runtime.plugin("fake"), "a", keystore);
    const made = await relayer.get();
    const caller = new AbortController();
    const call = made.newConfigProvider(args, { signal: caller.signal });
    const waiting = relayer.get({ signal: caller.signal });
    await waiting;
    caller.abort();
    const error = ConnectError.from(await call.catch((thrown: unknown) => thrown));
    expect(error.code).toBe(Code.Canceled);
    expect(await relayer.get()).toBe(made);
    expect((await made.chainStatus()).id).toBe("a");
    expect(count("asked")).toBe(1);
  });

  it("runs beside others of the same plugin, each with its own keystore, and ends alone", async () => {
    await using runtime = await start({ module, transport, config: { ledger } });
    const relayers = ["a", "b"].map((name) => createNodeRelayer(runtime.plugin("fake"), name, keystore).relayer);
    const [a, b] = await Promise.all(relayers.map((relayer) => relayer.get()));
    await relayers[0]?.[Symbol.asyncDispose]();
    expect(count("close")).toBe(1);
    expect((await b?.chainStatus())?.id).toBe("b");
    await expect(a?.chainStatus({ timeoutMs: 1000 })).rejects.toThrow();
  });

  it("is reached again through the same handle after each of many crashes", async () => {
    await using runtime = await start({ module, transport, config: { ledger } });
    const plugin = runtime.plugin("fake");
    const { relayer } = createNodeRelayer(plugin, "a", keystore);
    for (let generation = 1; generation <= 3; generation++) {
      expect((await (await relayer.get()).chainStatus()).id).toBe("a");
      expect(count("made")).toBe(generation);
      plugin.kill();
    }
  });

  it("can be removed and added again under its name", async () => {
    await using runtime = await start({ module, transport: "in-process" });
    for (let time = 0; time < 2; time++) {
      await runtime.remove("fake");
      expect([...runtime.plugins.keys()]).toEqual([]);
      await runtime.add("fake", { module, transport: "in-process", handshake: relayerHandshake });
      await expect(runtime.add("fake", { module })).rejects.toThrow(
        'Cannot add plugin "fake": there is one of that name',
      );
    }
    expect(
      (await (await createNodeRelayer(runtime.plugin("fake"), "a", keystore).relayer.get()).chainStatus()).id,
    ).toBe("a");
  });
});

describe("a relayer that is an executable", () => {
  it("leaves no socket behind, neither when it is removed nor when it is killed", async () => {
    const command = writeCommand(folder, "relayer", module);
    const started = await start({ options: { process: { command: command.path, env: { TMPDIR: folder } } } });
    await using runtime = started;
    const plugin = runtime.plugin("fake");
    const directories = () => command.environments().map(({ PLUGIN_UNIX_SOCKET_DIR: path = "" }) => path);
    const sockets = (path = "") => readdirSync(path).filter((name) => name.endsWith(".sock"));
    for (let generation = 1; generation <= 2; generation++) {
      await until(
        `the plugin was started ${generation} times`,
        () => plugin.status.generation === generation && plugin.state === "ready",
      );
      const present = directories().find(existsSync);
      const alone = sockets(present).length;
      for (let time = 0; time < 3; time++) {
        const { relayer } = createNodeRelayer(plugin, "a", keystore);
        await relayer.get();
        // A keystore, another, a registry, and the relayer.
        expect(sockets(present).length).toBe(alone + 4);
        await relayer[Symbol.asyncDispose]();
        await until("the relayer's sockets are gone", () => sockets(present).length === alone);
      }
      await createNodeRelayer(plugin, "a", keystore).relayer.get();
      process.kill(plugin.status.pid ?? 0, "SIGKILL");
      await until("the plugin's directory is gone", () => !existsSync(present ?? ""));
    }
  });
});
