import { describe, expect, it } from "vitest";
import { createErrorLogClient } from "../../src/loop/error-log/client.ts";
import { errorLogRoutes } from "../../src/loop/error-log/server.ts";
import { type Recorded, recording } from "./samples.ts";
import { pairs } from "./support.ts";

describe.each(pairs)("an error log over $name", ({ create }) => {
  it("saves the error's text", async () => {
    const calls: Recorded[] = [];
    const connection = await create().main(errorLogRoutes(recording({ saveError: async () => {} }, calls)));
    await createErrorLogClient(connection).saveError("no answer from 3 of 4 sources ✗", { timeoutMs: 60_000 });
    expect(calls).toMatchObject([
      {
        method: "saveError",
        args: ["no answer from 3 of 4 sources ✗"],
        options: { timeoutMs: expect.any(Number), signal: expect.any(AbortSignal) },
      },
    ]);
  });

  it("rejects when it cannot save an error", async () => {
    const routes = errorLogRoutes({ saveError: async () => Promise.reject(new Error("disk is full")) });
    const client = createErrorLogClient(await create().main(routes));
    await expect(client.saveError("an error")).rejects.toThrow("disk is full");
  });
});
