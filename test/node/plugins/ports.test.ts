import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { createPorts } from "../../../src/node/plugins/ports.ts";

describe("ports for plugins", () => {
  it("are given out once over all nodes, and can be listened on", async () => {
    await using ports = createPorts();
    await using others = createPorts();
    const taken = await Promise.all(Array.from({ length: 40 }, (_, n) => (n % 2 ? ports : others).take()));
    expect(new Set(taken).size).toBe(40);
    for (const port of taken.slice(0, 3)) await (await hold(port))[Symbol.asyncDispose]();
  });

  it("pass over those that are in use", async () => {
    await using ports = createPorts();
    // The one after it is the next to be given out.
    const next = (await ports.take()) + 1;
    await using _ = await hold(next);
    expect(await ports.take()).not.toBe(next);
  });

  it("go on when a block is used up", async () => {
    await using ports = createPorts();
    const taken = new Set<number>();
    for (let n = 0; n < 80; n++) taken.add(await ports.take());
    expect(taken.size).toBe(80);
  });
});

async function hold(port: number): Promise<AsyncDisposable> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, resolve);
  });
  return { [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) };
}
