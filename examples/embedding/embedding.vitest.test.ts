/** The program, tested with Vitest: `vitest run examples/embedding/embedding.vitest.test.ts`. */
import { describe, expect, it } from "vitest";
import { Greeter } from "../../proto/gen/examples/greeter_pb.ts";
import { createFakeClock, createTestRuntime, describePlugin } from "../../src/testing/index.ts";
import { greetAll } from "./greet-all.ts";

const module = new URL("../greeter.plugin.ts", import.meta.url);
const crash = [{ method: "Greet", nth: 2, crash: true }];

describePlugin(
  module,
  {
    async "greets by name"({ client }) {
      const { text } = await client(Greeter).greet({ name: "you" });
      expect(text).toBe("hello you");
    },
  },
  { name: "greeter" },
);

describe("a program that greets everybody", () => {
  it("greets everybody when the plugin crashes", async () => {
    await using runtime = await createTestRuntime({ plugins: { greeter: { module, faults: crash } } });
    const texts = await greetAll(runtime, ["Ada", "Grace"]);
    expect(texts).toEqual(["hello Ada", "hello Grace"]);
    expect(runtime.plugin("greeter").status.restarts).toBe(1);
  });

  it("waits a minute for the plugin, and the test does not", async () => {
    const clock = createFakeClock();
    await using runtime = await createTestRuntime({
      clock,
      plugins: { greeter: { module, faults: crash, restart: { initialDelayMs: 60_000, maxDelayMs: 60_000 } } },
    });
    const greeting = greetAll(runtime, ["Ada", "Grace"]);
    await runtime.until("greeter", "backing-off");
    await clock.advance(60_000);
    const texts = await greeting;
    expect(texts).toEqual(["hello Ada", "hello Grace"]);
  });
});
