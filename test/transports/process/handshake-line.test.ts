import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  formatHandshakeLine,
  looksLikeHandshake,
  parseHandshakeLine,
} from "../../../transports/process/handshake-line.ts";

const certificate = "M".repeat(760);

describe("a handshake line", () => {
  it.each([
    [
      "four fields mean the old protocol",
      "1|1|tcp|:1234",
      RangeError,
      /unsupported plugin protocol "netrpc", only grpc/,
    ],
    ["fewer fields are none", "1|1|unix", SyntaxError, /"1\|1\|unix" has fewer than four fields/],
    ["no fields at all", "", SyntaxError, /fewer than four fields/],
    ["a core version that is no number", "x|1|unix|/s|grpc|", RangeError, /incompatible core API version.* x,/],
    ["another core version", "2|1|unix|/s|grpc|", RangeError, /incompatible core API version.* 2,.* 1$/],
    ["a version that is no number", "1|one|unix|/s|grpc|", SyntaxError, /"one" is not a protocol version/],
    ["no version", "1||unix|/s|grpc|", SyntaxError, /"" is not a protocol version/],
    [
      "a version of which the host has none",
      "1|7|unix|/s|grpc|",
      RangeError,
      /plugin version: 7, host versions: 1, 10/,
    ],
    ["a negative version", "1|-1|unix|/s|grpc|", SyntaxError, /"-1" is not/],
    ["an unknown network", "1|1|udp|/s|grpc|", RangeError, /unknown address type "udp"/],
    ["no address", "1|1|unix||grpc|", SyntaxError, /address is empty/],
    ["another protocol", "1|1|unix|/s|foo|", RangeError, /unsupported plugin protocol "foo"/],
    ["a certificate", `1|1|unix|/s|grpc|${certificate}`, RangeError, /offers TLS/],
  ])("is refused: %s", (_, line, type, message) => {
    expect(() => parseHandshakeLine(line, [1, 10])).toThrow(type);
    expect(() => parseHandshakeLine(line, [1, 10])).toThrow(message);
  });

  it.each([
    ["five fields", "1|1|unix|/tmp/plugin1|grpc", { protocolVersion: 1, network: "unix", address: "/tmp/plugin1" }],
    ["six fields", "1|1|unix|/tmp/plugin1|grpc|", { protocolVersion: 1, network: "unix", address: "/tmp/plugin1" }],
    [
      "seven fields",
      "1|1|unix|/tmp/plugin1|grpc||true",
      { protocolVersion: 1, network: "unix", address: "/tmp/plugin1" },
    ],
    ["a version of two digits", "1|10|unix|/s|grpc|", { protocolVersion: 10, network: "unix", address: "/s" }],
    [
      "a TCP address",
      "1|1|tcp|127.0.0.1:1234|grpc|",
      { protocolVersion: 1, network: "tcp", address: "127.0.0.1:1234" },
    ],
    ["white space around it", "  1|1|unix|/s|grpc|\r\n", { protocolVersion: 1, network: "unix", address: "/s" }],
    [
      "a sixth field too short for a certificate",
      "1|1|unix|/s|grpc|none",
      { protocolVersion: 1, network: "unix", address: "/s" },
    ],
  ])("is accepted with %s", (_, line, wanted) => {
    expect(parseHandshakeLine(line, [1, 10])).toEqual(wanted);
  });

  it("is told from a plugin's chatter", () => {
    for (const line of ["1|1|unix|/s|grpc|", " 2|1|unix|/s|grpc", "-1|x", "12|"])
      expect(looksLikeHandshake(line)).toBe(true);
    for (const line of ["", "hello", "a|b|c|d", "1", "|1|1", "$ npm start | cat", "1 |1|unix|/s|grpc|"]) {
      expect(looksLikeHandshake(line)).toBe(false);
    }
  });

  it("has six fields and one end when it is written, and is read back", () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.constantFrom("unix", "tcp"),
        fc.string({ minLength: 1 }).filter((address) => !/[|\r\n]/.test(address)),
        (protocolVersion, network, address) => {
          const line = formatHandshakeLine({ protocolVersion, network: network as "unix" | "tcp", address });
          expect(line.split("|").length).toBe(6);
          expect(line.indexOf("\n")).toBe(line.length - 1);
          expect(looksLikeHandshake(line)).toBe(true);
          expect(parseHandshakeLine(line, [protocolVersion])).toEqual({ protocolVersion, network, address });
        },
      ),
    );
  });

  it("is not written with an address that would break it", () => {
    for (const address of ["/tmp/a|b", "/tmp/a\nb"]) {
      expect(() => formatHandshakeLine({ protocolVersion: 1, network: "unix", address })).toThrow(/another TMPDIR/);
    }
  });

  it("may be anything: it is read, or refused with one clear sentence", () => {
    const field = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("1", "0", "unix", "tcp", "grpc", "/s", ""));
    const line = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(field, { maxLength: 9 }).map((fields) => fields.join("|")),
    );
    fc.assert(
      fc.property(line, fc.array(fc.nat(20)), (text, versions) => {
        try {
          const { protocolVersion } = parseHandshakeLine(text, versions);
          expect(versions).toContain(protocolVersion);
        } catch (error) {
          expect(error instanceof SyntaxError || error instanceof RangeError).toBe(true);
          expect((error as Error).message).toMatch(/^Cannot /);
          expect((error as Error).message.length).toBeLessThan(400);
        }
      }),
    );
  });
});
