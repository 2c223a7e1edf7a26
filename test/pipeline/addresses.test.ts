/** Local addresses. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { isLocalAddress } from "../../src/pipeline/addresses.ts";

it.each([
  "0.0.0.0",
  "10.1.2.3",
  "100.64.0.1",
  "127.0.0.1",
  "127.255.255.254",
  "169.254.169.254",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.1.1",
  "198.18.0.1",
  "224.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::7f00:1",
  "::8.8.8.8",
  "::ffff:127.0.0.1",
  "::ffff:a00:1",
  "::FFFF:169.254.169.254",
  "64:ff9b::7f00:1",
  "64:ff9b::10.0.0.1",
  "64:ff9b:1::808:808",
  "2002:7f00:1::",
  "fc00::1",
  "fd12:3456::1",
  "fe80::1",
  "fe80::1%eth0",
  "fec0::1",
  "ff02::1",
  "203.0.113.7",
  "2001:db8::1",
  "2001:0:808:808::1",
  "::ffff:0:127.0.0.1",
  "127.1",
  "localhost",
  "",
])("isLocalAddress() finds %j local", (address) => {
  expect(isLocalAddress(address)).toBe(true);
});

it.each([
  "1.1.1.1",
  "8.8.8.8",
  "172.15.0.1",
  "172.32.0.1",
  "100.128.0.1",
  "192.169.0.1",
  "2606:4700::1111",
  "2001:4860:4860::8888",
  "::ffff:8.8.8.8",
  "64:ff9b::8.8.8.8",
  "2002:808:808::1",
])("isLocalAddress() finds %j of the internet", (address) => {
  expect(isLocalAddress(address)).toBe(false);
});

it("isLocalAddress() never throws", () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string()), (address) => {
      expect(isLocalAddress(address)).toBeTypeOf("boolean");
    }),
  );
});
