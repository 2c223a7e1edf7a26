import { Code, ConnectError } from "@connectrpc/connect";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Conformance } from "../../proto/gen/loopp/v1/conformance_pb.ts";
import { createRuntime, type StateChange } from "../../src/index.ts";
import { createFakeClock, type FakeClock } from "../../src/testing/index.ts";
import { type Census, createScriptedTransport, type Launch } from "./scripted-transport.ts";

const launchMs = 10;
const startTimeoutMs = 200;
const policy = {
  initialDelayMs: 100,
  maxDelayMs: 3000,
  factor: 2,
  jitter: 0.25,
  healthyMs: 10_000,
  maxRestarts: 4,
  windowMs: 30_000,
};

type Step =
  | { readonly type: "crash"; readonly afterMs: number }
  | { readonly type: "clock"; readonly byMs: number }
  | { readonly type: "launches"; readonly script: readonly Launch[] }
  | { readonly type: "switch"; readonly overlap: boolean; readonly kind: string }
  | { readonly type: "start" | "stop" | "call" };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant("crash"), afterMs: fc.integer({ min: 0, max: 15_000 }) }) },
  // The machine's clock is set, as it may be at any time.
  { weight: 1, arbitrary: fc.record({ type: fc.constant("clock"), byMs: fc.integer({ min: -1e8, max: 1e8 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("launches"),
      script: fc.array(fc.constantFrom<Launch[]>("up", "fail", "fail", "hang"), { maxLength: 5 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("switch"),
      overlap: fc.boolean(),
      kind: fc.constantFrom("one", "other"),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constantFrom("start", "stop") }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("call") }) },
);

/** What the policy promises, written a second time in another way: from the changes of state alone. */
function createReferee(clock: FakeClock) {
  const complaints: string[] = [];
  let failures = 0;
  let restarts: number[] = [];
  let readySince = 0;
  /** Whether the launch under way began from "stopped" or "failed": its failure is final, and the policy has no say. */
  let fromRest = false;
  let granted = 0;
  let givenUp = 0;

  function onEnd({ from, to }: StateChange): void {
    const now = clock.elapsed();
    const readyMs = from === "ready" ? now - readySince : 0;
    if (readyMs >= policy.healthyMs) {
      failures = 0;
      restarts = [];
    }
    const within = restarts.filter((time) => time > now - policy.windowMs);
    if (to === "failed") {
      givenUp++;
      if (within.length !== policy.maxRestarts) complaints.push(`given up after ${within.length} restarts`);
      return;
    }
    granted++;
    if (within.length >= policy.maxRestarts) complaints.push(`restart ${within.length + 1} within the window`);
    restarts = [...within, now];
    const plain = Math.min(policy.maxDelayMs, policy.initialDelayMs * policy.factor ** failures++);
    const [least, most] = [plain * (1 - policy.jitter), Math.min(policy.maxDelayMs, plain * (1 + policy.jitter))];
    // The timer is set right after the change of state is reported.
    queueMicrotask(() => {
      const delays = clock.pending.map((at) => at - clock.now());
      const [delay = -1] = delays;
      if (delays.length !== 1 || delay < least - 1e-3 || delay > most + 1e-3) {
        complaints.push(`back-off of ${delays.join(" and ")} ms, expected ${least} to ${most}`);
      }
    });
  }

  return {
    complaints,
    get counts() {
      return { granted, givenUp };
    },
    onState(change: StateChange): void {
      const { from, to } = change;
      if (to === "ready") readySince = clock.elapsed();
      else if (to === "starting") {
        fromRest = from === "stopped" || from === "failed";
        if (fromRest) {
          failures = 0;
          restarts = [];
        }
      } else if (to === "backing-off" || (to === "failed" && !(from === "starting" && fromRest))) onEnd(change);
    },
  };
}

async function simulate(steps: readonly Step[]): Promise<{ granted: number; givenUp: number }> {
  const clock = createFakeClock();
  const census: Census = { running: 0, most: 0 };
  const one = createScriptedTransport("one", clock, launchMs, census);
  const other = createScriptedTransport("other", clock, launchMs, census);
  const referee = createReferee(clock);
  const calls: Promise<string>[] = [];
  const runtime = await createRuntime({
    clock,
    autoStart: false,
    transports: [one.transport, other.transport],
    plugins: { subject: { transport: "one", restart: policy, startTimeoutMs } },
    onState: referee.onState,
    onLog: () => {},
  });
  const plugin = runtime.plugin("subject");
  /** Instances at once since the last check. */
  const expectAtMost = (most: number) => {
    if (census.most > most) throw new Error(`${census.most} instances at once`);
    census.most = census.running;
  };
  /** Gives an operation the time of two launches: it may have to wait for an earlier one. */
  const done = async (operation: Promise<unknown>) => {
    const settled = operation.catch(() => undefined);
    await clock.advance(2 * startTimeoutMs);
    await settled;
  };
  try {
    await done(plugin.start());
    for (const { type, ...what } of steps) {
      if (type === "crash" && "afterMs" in what) {
        await clock.advance(what.afterMs);
        one.crash();
        other.crash();
        await clock.advance(0);
      } else if (type === "clock" && "byMs" in what) {
        clock.set(clock.now() + what.byMs);
      } else if (type === "launches" && "script" in what) {
        one.script.push(...what.script);
        other.script.push(...what.script);
      } else if (type === "switch" && "kind" in what) {
        await done(plugin.switchTo(what.kind, { overlap: what.overlap }));
        expectAtMost(what.overlap ? 2 : 1);
      } else if (type === "start") {
        await done(plugin.start());
      } else if (type === "stop") {
        await done(plugin.stop());
        if (census.running > 0) throw new Error("a stopped plugin still runs");
      } else {
        const call = plugin.client(Conformance).unary({}, { timeoutMs: 50_000 });
        calls.push(
          call.then(
            () => "answered",
            (error: unknown) => Code[ConnectError.from(error).code] ?? "",
          ),
        );
      }
      expectAtMost(1);
    }
  } finally {
    await runtime.close();
  }
  // A caller that was forgotten would run into its deadline.
  for (const end of await Promise.all(calls)) expect(["answered", "Unavailable"]).toContain(end);
  expect(referee.complaints).toEqual([]);
  expect(census.running).toBe(0);
  expect(clock.pending).toEqual([]);
  return referee.counts;
}

describe("supervision, whatever happens to a plugin", () => {
  it("keeps the promises of the restart policy", async () => {
    const total = { granted: 0, givenUp: 0 };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const { granted, givenUp } = await simulate(steps);
        total.granted += granted;
        total.givenUp += givenUp;
      }),
      { numRuns: 100 },
    );
    // Otherwise the runs have tested nothing.
    expect(total.granted).toBeGreaterThan(50);
  });

  it("gives up at exactly the restart after the last that the window allows", async () => {
    const crashes = Array.from({ length: policy.maxRestarts + 1 }, (): Step => ({ type: "crash", afterMs: 5000 }));
    expect(await simulate(crashes)).toEqual({ granted: policy.maxRestarts, givenUp: 1 });
    expect(await simulate(crashes.slice(1))).toEqual({ granted: policy.maxRestarts, givenUp: 0 });
  });

  it("keeps to time that has passed, whatever the clock is set to", async () => {
    const crash: Step = { type: "crash", afterMs: 5000 };
    const limit = Array<Step>(policy.maxRestarts).fill(crash);
    for (const byMs of [-3_600_000, 3_600_000]) {
      const set: Step = { type: "clock", byMs };
      // A healthy time that the clock does not show clears the record; one that only the clock shows does not.
      const healthy: Step = { type: "crash", afterMs: 4 * policy.healthyMs };
      expect(await simulate([...limit, set, healthy, crash])).toEqual({ granted: policy.maxRestarts + 2, givenUp: 0 });
      expect(await simulate([...limit, set, crash])).toEqual({ granted: policy.maxRestarts, givenUp: 1 });
    }
  });

  it("forgets everything after a healthy instance", async () => {
    const long: Step = { type: "crash", afterMs: 4 * policy.healthyMs };
    expect(await simulate(Array(20).fill(long))).toEqual({ granted: 20, givenUp: 0 });
  });
});
