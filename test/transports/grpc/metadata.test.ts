import { Code, ConnectError } from "@connectrpc/connect";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MetadataSchema } from "../../../proto/gen/loopp/v1/conformance_pb.ts";
import { errorFromHandler } from "../../../transports/calls/errors.ts";
import { metadataOf, noMetadata } from "../../../transports/calls/metadata.ts";
import { fieldOf, ownMetadata } from "../../../transports/grpc/metadata.ts";
import { createRequestWriter, readRequest } from "../../../transports/grpc/request.ts";
import { responseFields } from "../../../transports/grpc/response.ts";
import { defaultMaxMetadataBytes } from "../../../transports/grpc/stack.ts";
import { readStatus, trailerFields } from "../../../transports/grpc/status.ts";
import { formatTimeout, readTimeout } from "../../../transports/grpc/timeout.ts";

const max = defaultMaxMetadataBytes;
const write = createRequestWriter(max);
/** All fields of a request. */
const request = (metadata: readonly string[], timeoutMs?: number) => {
  const { fields, more = [] } = write(
    "/a.B/C",
    metadata,
    timeoutMs === undefined ? undefined : performance.now() + timeoutMs,
  );
  return [...fields, ...more];
};

describe("a deadline", () => {
  it.each([
    [0, "0m"],
    [-5, "0m"],
    [0.2, "1m"],
    [1, "1m"],
    [12_345.678, "12346m"],
    [99_999_999, "99999999m"],
    [99_999_999.5, "100000S"],
    [100_000_000, "100000S"],
    [100_000_001, "100001S"],
    [Number.MAX_SAFE_INTEGER, "99999999S"],
    [Number.POSITIVE_INFINITY, "99999999S"],
  ])("of %d ms is written as %s", (timeoutMs, text) => {
    expect(formatTimeout(timeoutMs)).toBe(text);
  });

  it("has at most eight digits and is never written shorter than it is", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 2 ** 31 - 1, noNaN: true }), (timeoutMs) => {
        const text = formatTimeout(timeoutMs);
        expect(text).toMatch(/^\d{1,8}[mS]$/);
        const read = readTimeout(text) ?? 2 ** 31;
        expect(read).toBeGreaterThanOrEqual(timeoutMs);
        expect(read).toBeLessThan(timeoutMs + 1001);
      }),
    );
  });

  it.each([
    ["1H", 3_600_000],
    ["2M", 120_000],
    ["3S", 3000],
    ["4m", 4],
    ["5u", 0.005],
    ["6n", 0.000_006],
    ["00000007m", 7],
    ["0m", 0],
    ["2147483S", 2_147_483_000],
  ])("is read from %s", (text, timeoutMs) => {
    expect(readTimeout(text)).toBeCloseTo(timeoutMs, 9);
  });

  it.each(["2147484S", "99999999H", "99999999M"])("is none where no timer can wait so long: %s", (text) => {
    expect(readTimeout(text)).toBeUndefined();
  });

  it.each(["1.5S", "123456789m", "-1S", "S", "1", "1s", "1 S", "1e3m", "0x1S"])(
    "is refused when it is written as %s",
    (text) => {
      expect(() => readTimeout(text)).toThrow(ConnectError);
      expect(() => readTimeout(text)).toThrow("invalid grpc timeout");
    },
  );

  it("is none when nothing is said", () => {
    expect(readTimeout(undefined)).toBeUndefined();
    expect(fieldOf(request(noMetadata), "grpc-timeout")).toBeUndefined();
    expect(fieldOf(request(noMetadata, 20), "grpc-timeout")).toBe("20m");
    expect(fieldOf(request(["x-own", "1"], 30), "grpc-timeout")).toBe("30m");
  });
});

describe("a caller's metadata", () => {
  const reserved = [
    "content-type",
    "content-length",
    "te",
    "user-agent",
    "trailer",
    "host",
    "connection",
    "keep-alive",
    "proxy-connection",
    "transfer-encoding",
    "upgrade",
    "grpc-timeout",
    "grpc-encoding",
    "grpc-accept-encoding",
    "grpc-status",
    "grpc-message",
    "grpc-status-details-bin",
    "grpc-anything",
  ];

  it("never holds what belongs to the protocol, in either direction", () => {
    const fields = [...reserved.flatMap((name) => [name, "7"]), ":path", "/", "x-own", "1", "x-own-bin", "AP8Q"];
    const own = ["x-own", "1", "x-own-bin", "AP8Q"];
    expect(ownMetadata(fields)).toEqual(own);
    expect(request(fields)).toEqual([
      ...[":method", "POST", ":scheme", "http", ":path", "/a.B/C", ":authority", "localhost"],
      ...["content-type", "application/grpc+proto", "te", "trailers", "user-agent", "loopp"],
      ...own,
    ]);
    expect(trailerFields(fields, max)).toEqual(["grpc-status", "0", ...own]);
  });

  it("keeps repeated names and binary values as they came", () => {
    const fields = ["x-many", "one", "x-many", "two", "x-data-bin", "AP8Q,AAA="];
    expect(ownMetadata(fields)).toEqual(fields);
  });

  it("is empty in the same array, and calls without any have the same fields, which HTTP/2 then need not write again", () => {
    expect(ownMetadata(["content-type", "7"])).toBe(noMetadata);
    const { fields } = write("/a.B/C", noMetadata, undefined);
    expect(write("/a.B/C", noMetadata, undefined).fields).toBe(fields);
    expect(readRequest(fields)).toBe(readRequest(fields));
    // Callers may make up any number of paths.
    for (let number = 0; number < 5000; number++) write(`/a.B/${number}`, noMetadata, undefined);
    expect(fieldOf(write("/a.B/C", noMetadata, undefined).fields, ":path")).toBe("/a.B/C");
  });
});

describe("a status", () => {
  it("arrives with code, text, details and metadata", () => {
    const error = new ConnectError("too far: ünï\n100%", Code.OutOfRange, undefined, [
      { desc: MetadataSchema, value: { name: "limit", value: "7" } },
    ]);
    const fields = trailerFields(["x-why", "because", "grpc-status", "3"], max, error);
    for (const text of fields) expect(text).toMatch(/^[ -~]*$/);
    const read = readStatus(fields);
    expect(read).toMatchObject({ code: Code.OutOfRange, rawMessage: error.rawMessage });
    expect((read as ConnectError).findDetails(MetadataSchema)[0]).toMatchObject({ name: "limit", value: "7" });
    expect([...(read as ConnectError).metadata]).toEqual([["x-why", "because"]]);
  });

  it("of a proxied error keeps its metadata once more", () => {
    const first = readStatus(trailerFields(["x-why", "because"], max, new ConnectError("no", Code.Aborted)));
    const error = first as ConnectError;
    const second = readStatus(trailerFields(metadataOf(error.metadata), max, error));
    expect(second).toMatchObject({ code: Code.Aborted, rawMessage: "no" });
    expect((second as ConnectError).metadata.get("x-why")).toBe("because");
  });

  it("is told from its absence", () => {
    expect(readStatus(["x-own", "1"])).toBeUndefined();
    expect(readStatus(["grpc-status", "0", "grpc-message", "fine"])).toBe("ok");
  });

  it.each([
    [{ "grpc-status": "5", "grpc-message": "100%" }, Code.NotFound, "100%"],
    [{ "grpc-status": "5", "grpc-message": "%ff" }, Code.NotFound, "%ff"],
    [{ "grpc-status": "5" }, Code.NotFound, ""],
    [{ "grpc-status": "77" }, Code.Internal, "invalid grpc-status: 77"],
    [{ "grpc-status": "" }, Code.Internal, "invalid grpc-status: "],
    [{ "grpc-status": "5", "grpc-message": "no", "grpc-status-details-bin": "!!!" }, Code.NotFound, "no"],
    [{ "grpc-status": "5", "grpc-message": "no", "grpc-status-details-bin": "/////w" }, Code.NotFound, "no"],
    // A google.rpc.Status with the code 77.
    [{ "grpc-status": "5", "grpc-status-details-bin": "CE0" }, Code.Internal, "invalid status code 77: "],
  ])("that is badly written is an error all the same: %o", (fields, code, message) => {
    expect(readStatus(Object.entries(fields).flat())).toMatchObject({ code, rawMessage: message });
  });

  it("may be anything", () => {
    const names = fc.constantFrom("grpc-status", "grpc-message", "grpc-status-details-bin", "x-own");
    const value = fc.oneof(fc.stringMatching(/^[ -~]*$/), fc.nat(20).map(String), fc.base64String());
    fc.assert(
      fc.property(fc.dictionary(names, value), (fields) => {
        const status = readStatus(Object.entries(fields).flat());
        if (status === undefined || status === "ok") return;
        expect(status).toBeInstanceOf(ConnectError);
        expect(status.code in Code).toBe(true);
        for (const [name] of status.metadata) expect(name).toBe("x-own");
      }),
    );
  });
});

describe("what HTTP/2 would not carry", () => {
  const long = ["x-long", "x".repeat(50_000)];
  const detail = (value: string) => ({ desc: MetadataSchema, value: { name: "n", value } });
  const detailed = () => new ConnectError("no such thing", Code.NotFound, undefined, [detail("x".repeat(50_000))]);

  it("is refused in requests and responses", () => {
    const refusal = expect.objectContaining({
      code: Code.ResourceExhausted,
      rawMessage: expect.stringMatching(/^metadata of 50\d{3} bytes is longer than the limit of 49152 bytes$/),
    });
    expect(() => request(long)).toThrow(refusal);
    expect(() => responseFields(long, false, max)).toThrow(refusal);
    expect(() => responseFields(["x odd", "1"], false, max)).toThrow('the name "x odd", which HTTP/2 does not carry');
    expect(() => responseFields(["x-odd", "a\u0001b"], false, max)).toThrow(
      'metadata "x-odd" has a control character; send it in base64, as "x-odd-bin"',
    );
  });

  it("is left out beside a status, which says so", () => {
    expect(readStatus(trailerFields(long, max))).toMatchObject({ code: Code.ResourceExhausted });
    const status = readStatus(trailerFields(noMetadata, max, detailed()));
    expect(status).toMatchObject({
      code: Code.NotFound,
      rawMessage: expect.stringMatching(/^no such thing \(the rest is left out: metadata of \d+ bytes is longer/),
      details: [],
    });
    expect(readStatus(trailerFields(long, max, new ConnectError("x", Code.Aborted)))).toMatchObject({
      code: Code.Aborted,
    });
  });

  it.each(["x", "é", "€", "\u{1f600}"])(
    "is never an error's text that was cut, whatever its characters: %s",
    (letter) => {
      const error = errorFromHandler(new ConnectError(letter.repeat(50_000), Code.NotFound, undefined, [detail("x")]));
      expect(readStatus(trailerFields(noMetadata, max, error))).toMatchObject({
        code: Code.NotFound,
        rawMessage: error.rawMessage,
        details: [{ type: expect.any(String) }],
      });
    },
  );

  it("is made readable where it is half a character", () => {
    const status = readStatus(trailerFields(noMetadata, max, new ConnectError("bad \ud83d", Code.NotFound)));
    expect(status).toMatchObject({ code: Code.NotFound, rawMessage: "bad \ufffd" });
  });
});
