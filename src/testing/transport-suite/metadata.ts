/** What goes beside the messages. */
import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import type { Subject } from "./subject.ts";

export function testMetadata(subject: Subject): void {
  describe("metadata", () => {
    it("carries request headers, text and binary, repeated ones too", async () => {
      const headers = new Headers({ "x-text": "läuft: no", "x-data-bin": btoa("\x00\xff\x10").replaceAll("=", "") });
      headers.set("x-text", "plain");
      headers.append("x-many", "one");
      headers.append("x-many", "two");
      const response = await subject.client.unary({}, { headers });
      const got = new Map(response.header.map(({ name, value }) => [name, value]));
      expect(got.get("x-text")).toBe("plain");
      expect(got.get("x-data-bin")?.replaceAll("=", "")).toBe("AP8Q");
      expect(got.get("x-many")).toBe("one, two");
    });

    it.each(["unary", "serverStream"] as const)("brings headers and trailers back from %s", async (method) => {
      let header: Headers | undefined;
      let trailer: Headers | undefined;
      const request = {
        count: 2,
        header: [{ name: "x-head", value: "h" }],
        trailer: [
          { name: "x-trail", value: "t" },
          { name: "x-trail-bin", value: "AP8Q" },
        ],
      };
      const callbacks = {
        onHeader: (got: Headers) => {
          header = got;
        },
        onTrailer: (got: Headers) => {
          trailer = got;
        },
      };
      if (method === "unary") await subject.client.unary(request, callbacks);
      else for await (const _ of subject.client.serverStream(request, callbacks));
      expect(header?.get("x-head")).toBe("h");
      expect(trailer?.get("x-trail")).toBe("t");
      expect(trailer?.get("x-trail-bin")?.replaceAll("=", "")).toBe("AP8Q");
      expect(trailer?.get("grpc-status")).toBeNull();
    });
  });

  // How much is carried is up to the transport.
  describe("metadata that is very long", () => {
    const value = "x".repeat(100_000);
    it.each([
      ["request", { headers: { "x-long": value } }, {}],
      ["response's header", {}, { header: [{ name: "x-long", value }] }],
      ["response's trailer", {}, { trailer: [{ name: "x-long", value }] }],
    ])("in a %s is carried or refused, and the plugin goes on", async (_, options, request) => {
      const outcome = await subject.client.unary(request, options).then(() => "carried", ConnectError.from);
      if (outcome !== "carried") expect(outcome).toMatchObject({ code: Code.ResourceExhausted });
      expect((await subject.client.unary({})).received).toBe(1);
    });
  });
}
