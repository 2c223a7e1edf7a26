/** The program, tested with Deno: `deno test -A --no-lock --no-check examples/embedding/test.ts`. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
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
      assert.equal(text, "hello you");
    },
  },
  { name: "greeter" },
);

describe("a program that greets everybody", () => {
  it("greets everybody when the plugin crashes", async () => {
    await using runtime = await createTestRuntime({ plugins: { greeter: { module, faults: crash } } });
    const texts = await greetAll(runtime, ["Ada", "Grace"]);
    assert.deepEqual(texts, ["hello Ada", "hello Grace"]);
    assert.equal(runtime.plugin("greeter").status.restarts, 1);
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
    assert.deepEqual(texts, ["hello Ada", "hello Grace"]);
  });
});
