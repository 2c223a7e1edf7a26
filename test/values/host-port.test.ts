import { describe, expect, it } from "vitest";
import { hostOf, hostPort } from "../../src/values/host-port.ts";

describe("a host and a port", () => {
  it.each([
    ["node.example", "node.example:80"],
    ["127.0.0.1", "127.0.0.1:80"],
    ["::1", "[::1]:80"],
    ["2001:db8::1", "[2001:db8::1]:80"],
  ])("%s", (host, written) => {
    expect(hostPort(host, 80)).toBe(written);
    const url = new URL(`http://${written}/`);
    expect([url.hostname, hostOf(url)]).toEqual([written.replace(/:80$/, ""), host]);
  });
});
