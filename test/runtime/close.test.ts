import { describe, expect, it } from "vitest";
import { Conformance } from "../../proto/gen/loopp/v1/conformance_pb.ts";
import { createRuntime, definePlugin } from "../../src/index.ts";
import { failure } from "../../src/testing/failure.ts";
import { until } from "../../src/testing/until.ts";
import { createLedger, kinds, ledgerModule } from "./support.ts";

const never = new Promise<never>(() => {});

describe("close()", () => {
  it("stops plugins for good: later starts and replacements are refused", async () => {
    using ledger = createLedger();
    const runtime = await createRuntime({
      plugins: { ledger: { module: ledgerModule, config: { ledger: ledger.path } } },
      onLog: () => {},
    });
    const plugin = runtime.plugin("ledger");
    const refused = 'Cannot start plugin "ledger": the runtime is closed';
    const closing = runtime.close();
    await expect(plugin.switchTo("worker")).rejects.toThrow(refused);
    await closing;
    await expect(plugin.start()).rejects.toThrow(refused);
    await expect(runtime.start()).rejects.toThrow(refused);
    expect(plugin.status).toMatchObject({ state: "stopped", generation: 1 });
    expect(ledger.lines()).toEqual(["setup", "dispose"]);
  });

  it("does not wait for launches that were asked for before it", async () => {
    let launches = 0;
    const module = definePlugin({ setup: () => (++launches > 1 ? never : { routes: () => {} }) });
    const runtime = await createRuntime({
      plugins: { stuck: { module, startTimeoutMs: 1e9 } },
      onLog: () => {},
    });
    const plugin = runtime.plugin("stuck");
    const restarts = Promise.allSettled([plugin.restart(), plugin.restart(), plugin.switchTo("in-process")]);
    await until("there was a second launch", () => launches === 2);
    await runtime.close();
    expect(plugin.state).toBe("stopped");
    for (const { status } of await restarts) expect(status).toBe("rejected");
    expect(launches).toBe(2);
  });

  it("lets a plugin that was stopped be started again, unlike one that was removed", async () => {
    using ledger = createLedger();
    await using runtime = await createRuntime({
      plugins: { ledger: { module: ledgerModule, config: { ledger: ledger.path } } },
      onLog: () => {},
    });
    const plugin = runtime.plugin("ledger");
    const [stopped, started] = [plugin.stop(), plugin.start()];
    await Promise.all([stopped, started]);
    expect(plugin.status).toMatchObject({ state: "ready", generation: 2 });
    await runtime.remove("ledger");
    await expect(plugin.restart()).rejects.toThrow('Cannot start plugin "ledger": it was removed');
    expect(plugin.state).toBe("stopped");
  });

  it.each(kinds)("cuts off what a restart lets finish on %s", async (transport) => {
    using ledger = createLedger();
    const replaced = Promise.withResolvers<void>();
    const runtime = await createRuntime({
      plugins: { ledger: { module: ledgerModule, transport, config: { ledger: ledger.path } } },
      onState: ({ to, generation }) => to === "ready" && generation === 2 && replaced.resolve(),
      onLog: () => {},
    });
    const plugin = runtime.plugin("ledger");
    const begun = Promise.withResolvers<void>();
    const cut = failure(
      (async () => {
        for await (const _ of plugin.client(Conformance).serverStream({})) begun.resolve();
      })(),
    );
    await begun.promise;
    const restarted = plugin.restart({ drainMs: 1e9 });
    await replaced.promise;
    await runtime.close();
    expect(await restarted).toEqual({ drained: 0, cutOff: 1, recreated: 0 });
    expect((await cut).rawMessage).toContain("replaced");
    expect(plugin.state).toBe("stopped");
  });
});
