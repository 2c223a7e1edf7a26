/** The health of a component and its parts. */
import { describe, expect, it } from "vitest";
import { createService } from "../../src/loop/service/component.ts";

describe("a component's health", () => {
  it("lists its parts, and their parts, under its name until they are closed", async () => {
    const plugin = createService("PluginThing");
    const first = plugin.part("First");
    const inner = first.part("Inner");
    plugin.part("Second");
    expect([...(await plugin.healthReport())]).toEqual([
      ["PluginThing", ""],
      ["PluginThing.First", ""],
      ["PluginThing.First.Inner", ""],
      ["PluginThing.Second", ""],
    ]);
    await inner.close();
    expect([...(await first.healthReport())]).toEqual([["PluginThing.First", ""]]);
    await first.close();
    expect([...(await plugin.healthReport()).keys()]).toEqual(["PluginThing", "PluginThing.Second"]);
  });

  it("reports a closed component as closed and not ready", async () => {
    const service = createService("PluginThing");
    await service.ready();
    await service.close();
    await expect(service.ready()).rejects.toThrow("Cannot use PluginThing: it is closed");
    expect([...(await service.healthReport())]).toEqual([["PluginThing", "closed"]]);
  });

  it("frees what a part holds once, even when the part is closed first or twice", async () => {
    let freed = 0;
    const part = createService("PluginThing").part("First", async () => {
      freed++;
    });
    await Promise.all([part.close(), part.close()]);
    await part.close();
    expect(freed).toBe(1);
  });
});
