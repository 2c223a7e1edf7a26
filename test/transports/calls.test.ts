import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { Conformance } from "../../proto/gen/loopp/v1/conformance_pb.ts";
import { createRuntime } from "../../src/index.ts";

describe.each(["in-process", "worker", "process"])("calls on %s", (transport) => {
  it("leave nothing on a signal that outlives them", async () => {
    await using runtime = await createRuntime({
      plugins: {
        subject: { module: new URL("../../src/testing/conformance/conformance.plugin.ts", import.meta.url), transport },
      },
      onLog: () => {},
    });
    const client = runtime.client("subject", Conformance);
    const { signal } = new AbortController();
    for (let call = 0; call < 20; call++) {
      await client.unary({}, { signal });
      for await (const _ of client.serverStream({ count: 3 }, { signal }));
      for await (const _ of client.serverStream({ count: 3 }, { signal })) break;
      await client.unary({ error: { code: 3, message: "no" } }, { signal }).catch(() => {});
    }
    expect(getEventListeners(signal, "abort").length).toBeLessThan(5);
  });
});
