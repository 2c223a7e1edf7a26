import { expect, it } from "vitest";
import { isLoopback } from "../../src/values/loopback.ts";

it.each(["127.0.0.1", "127.255.0.9", "::1", "0:0:0:0:0:0:0:1", "::ffff:127.0.0.1", "::ffff:7f00:1"])(
  "%s is loopback",
  (address) => expect(isLoopback(address)).toBe(true),
);

it.each([
  "",
  "localhost",
  "127.1",
  "127.0.0.1.example.com",
  "0.0.0.0",
  "::",
  "128.0.0.1",
  "10.0.0.1",
  "::ffff:10.0.0.1",
])("%j is not", (address) => expect(isLoopback(address)).toBe(false));
