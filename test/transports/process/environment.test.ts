import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defaultHandshake } from "../../../transports/plugin.ts";
import { takeTerms, writeTerms } from "../../../transports/process/environment.ts";
import { defaultGrpcTerms, stackNames } from "../../../transports/process/grpc.ts";
import { defaultMaxMessageBytes } from "../../../transports/transport.ts";

const terms = {
  handshake: defaultHandshake,
  socketDirectory: "/run/s",
  guarded: true,
  configFile: "/run/s/c",
  stack: "built-in",
  maxMessageBytes: 1000,
  maxMetadataBytes: 2000,
} as const;

describe("the environment of a plugin process", () => {
  it("tells the plugin what the host means", () => {
    const handshake = { ...defaultHandshake, protocolVersions: [3, 10, 2] };
    expect(takeTerms(handshake, writeTerms({ ...terms, handshake }))).toEqual({
      cookie: defaultHandshake.cookieValue,
      hostVersions: [3, 10, 2],
      socketDirectory: "/run/s",
      configFile: "/run/s/c",
      guarded: true,
      stack: "built-in",
      maxMessageBytes: 1000,
      maxMetadataBytes: 2000,
    });
  });

  it("has go-plugin's variables under go-plugin's names", () => {
    expect(writeTerms(terms)).toMatchObject({
      LOOPP_PLUGIN: defaultHandshake.cookieValue,
      PLUGIN_PROTOCOL_VERSIONS: "1",
      PLUGIN_MIN_PORT: "10000",
      PLUGIN_MAX_PORT: "25000",
      PLUGIN_UNIX_SOCKET_DIR: "/run/s",
    });
  });

  it("is clean for what the plugin itself starts", () => {
    const env: NodeJS.ProcessEnv = {
      ...writeTerms(terms),
      PLUGIN_CLIENT_CERT: "x",
      PLUGIN_MULTIPLEX_GRPC: "true",
      PATH: "/bin",
    };
    takeTerms(defaultHandshake, env);
    expect(env).toEqual({ PATH: "/bin" });
  });

  it("says little under a host that is not ours, and that is enough", () => {
    expect(takeTerms(defaultHandshake, { LOOPP_PLUGIN: "c", PLUGIN_UNIX_SOCKET_DIR: "" })).toEqual({
      cookie: "c",
      hostVersions: [],
      socketDirectory: undefined,
      configFile: undefined,
      guarded: undefined,
      maxMessageBytes: defaultMaxMessageBytes,
      ...defaultGrpcTerms,
    });
  });

  it("raises the limit of a message where a host of Chainlink's does, and never lowers it", () => {
    const limitIn = (CL_GRPC_SERVER_MAX_RECV_MSG_SIZE: string, more = {}) =>
      takeTerms(defaultHandshake, { CL_GRPC_SERVER_MAX_RECV_MSG_SIZE, ...more }).maxMessageBytes;
    expect(limitIn(String(3 * defaultMaxMessageBytes))).toBe(3 * defaultMaxMessageBytes);
    for (const text of ["0", "", "4194304", "-1", "much"]) expect(limitIn(text)).toBe(defaultMaxMessageBytes);
    expect(limitIn("99999999999999")).toBe(2 ** 31 - 1);
    expect(limitIn("99999999999999", { LOOPP_MAX_MESSAGE_BYTES: "1000" })).toBe(1000);
  });

  it("names the stack that speaks gRPC, which a host of any make may do", () => {
    for (const stack of stackNames)
      expect(takeTerms(defaultHandshake, { LOOPP_STACK: stack })).toMatchObject({ stack });
    for (const stack of ["", "grpc-js"]) {
      expect(takeTerms(defaultHandshake, { LOOPP_STACK: stack })).toMatchObject(defaultGrpcTerms);
    }
  });

  it("skips versions that are no numbers", () => {
    const { hostVersions } = takeTerms(defaultHandshake, { PLUGIN_PROTOCOL_VERSIONS: "2,x,,-1,10, 3,1.5" });
    expect(hostVersions).toEqual([2, 10]);
  });

  it("may hold anything", () => {
    const names = fc.constantFrom(
      "LOOPP_PLUGIN",
      "LOOPP_GUARDED",
      "LOOPP_MAX_MESSAGE_BYTES",
      "PLUGIN_PROTOCOL_VERSIONS",
    );
    fc.assert(
      fc.property(fc.dictionary(names, fc.string({ unit: "binary" })), (env) => {
        const { hostVersions, guarded, maxMessageBytes } = takeTerms(defaultHandshake, env);
        for (const value of [...hostVersions, maxMessageBytes]) expect(value).toBeGreaterThanOrEqual(0);
        expect([true, false, undefined]).toContain(guarded);
        expect(env).toEqual({});
      }),
    );
  });
});
