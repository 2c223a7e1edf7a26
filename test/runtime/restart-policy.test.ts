import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRuntime, type PluginOptions } from "../../src/index.ts";
import {
  decideRestart,
  defaultRestartPolicy,
  noRestarts,
  type RestartRecord,
} from "../../src/runtime/restart-policy.ts";
import { shortageIn } from "../../src/runtime/shortage.ts";
import { createFakeClock } from "../../src/testing/index.ts";
import { LaunchError } from "../../transports/transport.ts";
import { createScriptedTransport, type Launch } from "./scripted-transport.ts";

const policy = { ...defaultRestartPolicy, initialDelayMs: 100, maxDelayMs: 1000, factor: 2, jitter: 0, maxRestarts: 4 };

describe("decideRestart()", () => {
  it("waits longer after each instance that ended early, up to the longest delay", () => {
    const delays: number[] = [];
    let record: RestartRecord = noRestarts;
    for (let now = 0; now < 6; now++) {
      const decision = decideRestart({ ...policy, maxRestarts: 10 }, record, {
        now,
        readyMs: 1,
        isCounted: true,
        random: 0.5,
      });
      if (decision.restart) delays.push(decision.delayMs);
      record = decision.record;
    }
    expect(delays).toEqual([100, 200, 400, 800, 1000, 1000]);
  });

  it("gives up exactly at the limit within the window", () => {
    let record: RestartRecord = noRestarts;
    const granted: boolean[] = [];
    for (let now = 0; now < 6; now++) {
      const decision = decideRestart(policy, record, { now, readyMs: 0, isCounted: true, random: 0 });
      granted.push(decision.restart);
      record = decision.record;
    }
    expect(granted).toEqual([true, true, true, true, false, false]);
  });

  it("forgets restarts that are older than the window", () => {
    const record = { failures: 4, restarts: [0, 1, 2, 3] };
    expect(
      decideRestart(policy, record, { now: policy.windowMs + 2, readyMs: 0, isCounted: true, random: 0 }).restart,
    ).toBe(true);
    expect(
      decideRestart(policy, record, { now: policy.windowMs - 1, readyMs: 0, isCounted: true, random: 0 }).restart,
    ).toBe(false);
  });

  it("forgets everything after a healthy instance", () => {
    const decision = decideRestart(
      policy,
      { failures: 4, restarts: [1, 2, 3, 4] },
      { now: 5, readyMs: policy.healthyMs, isCounted: true, random: 0 },
    );
    expect(decision).toMatchObject({ restart: true, delayMs: 100, record: { failures: 1, restarts: [5] } });
  });

  it("never gives up without a limit, and remembers no restarts then", () => {
    let record: RestartRecord = noRestarts;
    for (let now = 0; now < 1000; now++) {
      const decision = decideRestart({ ...policy, maxRestarts: "unlimited" }, record, {
        now,
        readyMs: 0,
        isCounted: true,
        random: 0,
      });
      expect(decision).toMatchObject({ restart: true, record: { failures: now + 1, restarts: [] } });
      record = decision.record;
    }
    expect(decideRestart(policy, record, { now: 1000, readyMs: 0, isCounted: true, random: 0.5 })).toMatchObject({
      restart: true,
      delayMs: policy.maxDelayMs,
    });
  });

  it("neither counts what is not the plugin's fault nor gives up because of it, but waits longer each time", () => {
    const atLimit = { failures: 2, restarts: [0, 1, 2, 3] };
    expect(decideRestart(policy, atLimit, { now: 4, readyMs: 0, isCounted: false, random: 0.5 })).toEqual({
      restart: true,
      delayMs: 400,
      record: { failures: 3, restarts: [0, 1, 2, 3] },
    });
    expect(decideRestart(policy, atLimit, { now: 4, readyMs: 0, isCounted: true, random: 0.5 }).restart).toBe(false);
  });

  it("keeps every delay within its jitter and its limits, whatever happens", () => {
    fc.assert(
      fc.property(
        fc.record({
          initialDelayMs: fc.nat(10_000),
          maxDelayMs: fc.nat(100_000),
          factor: fc.double({ min: 1, max: 10, noNaN: true }),
          jitter: fc.double({ min: 0, max: 1, noNaN: true }),
          healthyMs: fc.nat(100_000),
          maxRestarts: fc.nat(20),
          windowMs: fc.integer({ min: 1, max: 1_000_000 }),
        }),
        fc.array(
          fc.record({
            after: fc.nat(100_000),
            readyMs: fc.nat(200_000),
            random: fc.double({ min: 0, max: 0.999, noNaN: true }),
          }),
        ),
        (some, ends) => {
          let record: RestartRecord = noRestarts;
          let now = 0;
          const granted: number[] = [];
          for (const { after, readyMs, random } of ends) {
            now += after;
            if (readyMs >= some.healthyMs) granted.length = 0;
            const decision = decideRestart(some, record, { now, readyMs, isCounted: true, random });
            const recent = granted.filter((time) => time > now - some.windowMs).length;
            expect(decision.restart).toBe(recent < some.maxRestarts);
            if (decision.restart) {
              granted.push(now);
              expect(decision.delayMs).toBeGreaterThanOrEqual(0);
              expect(decision.delayMs).toBeLessThanOrEqual(some.maxDelayMs);
            }
            record = decision.record;
          }
        },
      ),
    );
  });
});

describe("a plugin that does not start", () => {
  const launchMs = 10;

  async function start(script: readonly Launch[], options: Partial<PluginOptions>) {
    const clock = createFakeClock();
    const { transport, script: launches } = createScriptedTransport("one", clock, launchMs, { running: 0, most: 0 });
    launches.push(...script);
    const said: string[] = [];
    const starting = createRuntime({
      clock,
      transports: [transport],
      plugins: { subject: { transport: "one", restart: policy, ...options } },
      onLog: ({ message }) => said.push(message),
    });
    // Looked at when the launches are over.
    starting.catch(() => {});
    await clock.advance(launchMs);
    return { clock, starting, said };
  }

  it("fails the runtime, unless it is told to continue: then it is started again by the policy", async () => {
    const strict = await start(["fail"], {});
    await expect(strict.starting).rejects.toThrow('plugin "subject" did not start: fails as the script says');

    const { clock, starting } = await start(["fail", "fail"], { onBootFailure: "continue" });
    await using runtime = await starting;
    const plugin = runtime.plugin("subject");
    expect(plugin.status).toMatchObject({ state: "backing-off", launchFailure: "launch-failed", restarts: 0 });
    await clock.advance(100 + launchMs);
    expect(plugin.status).toMatchObject({ state: "backing-off", launchFailure: "launch-failed", restarts: 1 });
    await clock.advance(200 + launchMs);
    expect(plugin.status).toMatchObject({ state: "ready", generation: 3 });
    expect(plugin.status).not.toHaveProperty("launchFailure");
  });

  it("is told to whoever starts it by hand, and started again all the same", async () => {
    const { clock, starting } = await start(["up", "fail"], { onBootFailure: "continue" });
    await using runtime = await starting;
    const plugin = runtime.plugin("subject");
    await plugin.stop();
    const refused = expect(plugin.start()).rejects.toThrow("fails as the script says");
    await clock.advance(launchMs);
    await refused;
    expect(plugin.state).toBe("backing-off");
    await clock.advance(100 + launchMs);
    expect(plugin.state).toBe("ready");
  });

  it("because the machine is short of something is tried for as long as that is so, and not given up", async () => {
    const launches = Array<Launch>(50).fill("refused");
    const { clock, starting, said } = await start(["up", ...launches], { startTimeoutMs: 60_000 });
    await using runtime = await starting;
    const plugin = runtime.plugin("subject");
    plugin.kill();
    for (let launch = 0; launch < launches.length; launch++) await clock.advance(policy.maxDelayMs + launchMs);
    await clock.advance(policy.maxDelayMs + launchMs);
    expect(plugin.status).toMatchObject({ state: "ready", generation: launches.length + 2 });
    expect(said).toContain(
      "the plugin did not start: cannot start it; the system is short of file descriptors, so this does not count as a restart",
    );
  });
});

describe("shortageIn()", () => {
  const withCode = (code: string) => Object.assign(new Error("refused"), { code });

  it.each([
    [withCode("EMFILE"), "file descriptors"],
    [withCode("ENFILE"), "file descriptors"],
    [withCode("ENOMEM"), "memory"],
    [withCode("EAGAIN"), "processes or threads"],
    [withCode("ENOSPC"), "disk space"],
    [withCode("EDQUOT"), "disk space"],
    [new LaunchError("launch-failed", "no", { cause: new Error("no", { cause: withCode("ENOSPC") }) }), "disk space"],
    [new Error("Worker initialization failure: EMFILE"), "file descriptors"],
    [withCode("ENOENT"), undefined],
    [new Error("REMFILE is not found"), undefined],
    [undefined, undefined],
  ])("knows what the machine has too little of: %s", (error, what) => {
    expect(shortageIn(error)).toBe(what);
  });

  it("comes to an end with causes that go round", () => {
    const error = new Error("no");
    error.cause = error;
    expect(shortageIn(error)).toBeUndefined();
  });
});
