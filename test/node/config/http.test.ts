/** `[http]`: who may give orders to plugins. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { formatConfig } from "../../../src/node/config/show.ts";
import { createConfigs } from "./configs.ts";

const { directory, load, mistakes, remove } = createConfigs();
afterAll(remove);

const token = "a-token-that-cannot-be-guessed";
writeFileSync(join(directory, "admin.token"), `${token}\n`);
const inFile = '[http]\nadminTokenFile = "admin.token"';

describe("the admin token", () => {
  it("is read from a file beside the config, or from a variable, which overrides it", () => {
    expect(load(inFile).http.adminToken).toBe(token);
    const both = load(inFile, [], { CL_LOOPP_ADMIN_TOKEN: "another-token-of-the-environment" });
    expect(both.http.adminToken).toBe("another-token-of-the-environment");
    expect(load("", [], { CL_LOOPP_ADMIN_TOKEN: token }).http.adminToken).toBe(token);
    expect(load("", [], { CL_LOOPP_ADMIN_TOKEN: "" }).http.adminToken).toBeUndefined();
    expect(load(`${inFile}\nadminLocal = false`).http.adminLocal).toBe(false);
  });

  it("is not shown, but where it comes from", () => {
    const lines = (toml: string, env: Record<string, string>) =>
      formatConfig(load(toml, [], env))
        .split("\n")
        .map((line) => line.replace(/ {2,}/g, "  "));
    expect(lines(inFile, {})).toContain('http.adminToken = "********"  # node.toml:2');
    expect(lines("", { CL_LOOPP_ADMIN_TOKEN: token })).toContain(
      'http.adminToken = "********"  # CL_LOOPP_ADMIN_TOKEN',
    );
    expect(formatConfig(load(inFile))).not.toContain(token);
  });

  it.each([
    ["is too short", "hunter2"],
    ["has blanks", "hunter2 hunter2 hunter2"],
    ["cannot be sent", "hunter2-hunter2-hünter2"],
    ["is empty", "\n"],
  ])("is refused without being shown where it %s", (_, wrong) => {
    writeFileSync(join(directory, "wrong.token"), wrong);
    const toml = '[http]\nadminTokenFile = "wrong.token"\nadminLocal = false';
    const sentence = "The admin token must have at least 16 characters, all of them printable ASCII without blanks";
    const told = mistakes(toml);
    expect(told).toContain(`node.toml:2: http.adminTokenFile: ${sentence}`);
    expect(told.split("\n")).toHaveLength(1);
    expect(told).not.toContain("hunter2");
    if (wrong.trim() === "") return;
    expect(mistakes("", [], { CL_LOOPP_ADMIN_TOKEN: wrong })).toContain(`CL_LOOPP_ADMIN_TOKEN: ${sentence}`);
  });

  it("is missed where its file is not there, and where nothing else lets in orders", () => {
    expect(mistakes('[http]\nadminTokenFile = "none.token"')).toBe("none.token:1: There is no such file");
    expect(mistakes("[http]\nadminLocal = false")).toBe(
      "node.toml:2: http.adminLocal: There is no admin token, so no request could give orders: add adminTokenFile, or set CL_LOOPP_ADMIN_TOKEN",
    );
  });
});
