import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromHex } from "../../../src/values/bytes.ts";
import { Http2Error } from "../../../transports/http2/errors.ts";
import { createDecoder, type Decoder } from "../../../transports/http2/hpack/decoder.ts";
import { createEncoder } from "../../../transports/http2/hpack/encoder.ts";
import { full } from "../../full.ts";

const numRuns = full ? 20_000 : 300;

const bytes = (hex: string) => Buffer.from(fromHex(hex.replace(/\s/g, "")));
const read = (decoder: Decoder, block: Uint8Array) => decoder.decode(Buffer.from(block), 0, block.length);

/** Blocks of one connection, and what each says. From RFC 7541, Appendix C. */
const examples = {
  "requests in plain text (C.3)": [
    ["828684410f7777772e6578616d706c652e636f6d", ":method GET, :scheme http, :path /, :authority www.example.com"],
    [
      "828684be58086e6f2d6361636865",
      ":method GET, :scheme http, :path /, :authority www.example.com, cache-control no-cache",
    ],
    [
      "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
      ":method GET, :scheme https, :path /index.html, :authority www.example.com, custom-key custom-value",
    ],
  ],
  "requests in Huffman's code (C.4)": [
    ["828684418cf1e3c2e5f23a6ba0ab90f4ff", ":method GET, :scheme http, :path /, :authority www.example.com"],
    [
      "828684be5886a8eb10649cbf",
      ":method GET, :scheme http, :path /, :authority www.example.com, cache-control no-cache",
    ],
    [
      "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
      ":method GET, :scheme https, :path /index.html, :authority www.example.com, custom-key custom-value",
    ],
  ],
  // The table is of 256 bytes there, which a block says here (3fe101), and so fields are pushed out of it.
  "responses in Huffman's code, with eviction (C.6)": [
    [
      `3fe101 488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3`,
      ":status 302, cache-control private, date Mon, 21 Oct 2013 20:13:21 GMT, location https://www.example.com",
    ],
    [
      "4883640effc1c0bf",
      ":status 307, cache-control private, date Mon, 21 Oct 2013 20:13:21 GMT, location https://www.example.com",
    ],
    [
      `88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007`,
      ":status 200, cache-control private, date Mon, 21 Oct 2013 20:13:22 GMT, location https://www.example.com, content-encoding gzip, set-cookie foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
    ],
  ],
};

describe("HPACK", () => {
  it.each(Object.entries(examples))("reads the RFC's %s", (_, blocks) => {
    const decoder = createDecoder(4096);
    for (const [block, said] of blocks) {
      const { fields } = read(decoder, bytes(block!));
      const pairs = fields.flatMap((name, index) => (index % 2 === 0 ? [`${name} ${fields[index + 1]}`] : []));
      expect(pairs.join(", ")).toBe(said);
    }
  });

  it("counts a section as the RFC does", () => {
    expect(read(createDecoder(4096), bytes("828684410f7777772e6578616d706c652e636f6d")).bytes).toBe(42 + 43 + 38 + 57);
  });

  const latin1 = fc.string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)) });
  const field = fc.tuple(
    fc.oneof(fc.constantFrom(":path", "content-type", "x-a", "grpc-timeout"), latin1),
    fc.oneof(fc.constantFrom("/", "a", "b".repeat(200), "c".repeat(3000)), latin1),
  );
  const fields = fc.array(field, { maxLength: 8 }).map((pairs) => pairs.flat());

  it("reads what it writes, whatever the peer makes of the table meanwhile", () => {
    const step = fc.record({
      fields,
      more: fc.option(fields, { nil: undefined }),
      /** Which of the arrays before is sent again. */
      again: fc.option(fc.nat(), { nil: undefined }),
      tables: fc.array(fc.constantFrom(0, 40, 100, 4096, 65_536), { maxLength: 2 }),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
        const encoder = createEncoder();
        const decoder = createDecoder(1_000_000);
        const sent: string[][] = [];
        for (const { fields, more, again, tables } of steps) {
          for (const size of tables) encoder.limitTable(size);
          const chosen = again !== undefined && sent.length > 0 ? sent[again % sent.length]! : fields;
          sent.push(chosen);
          expect(read(decoder, encoder.encode(chosen, more)).fields).toEqual([...chosen, ...(more ?? [])]);
        }
      }),
      { numRuns },
    );
  });

  it("says fields in a byte each, and nothing twice, when they come again", () => {
    const encoder = createEncoder();
    const decoder = createDecoder(4096);
    const request = [":method", "POST", ":path", "/a.B/C", "te", "trailers", "x-long", "v".repeat(500)];
    const first = encoder.encode(request);
    expect(first.length).toBeGreaterThan(500);
    read(decoder, first);
    expect(encoder.encode(request).length).toBe(4);
    const known = encoder.encode(request);
    expect(encoder.encode(request)).toBe(known);
    expect(read(decoder, known)).toBe(read(decoder, known));
    expect(encoder.encode(request, ["x-deadline", "17m"]).length).toBeLessThan(25);
    expect(encoder.encode(request)).toBe(known);
  });

  it("fails with an error of its own, or not at all, on anything", () => {
    const opcode = fc.constantFrom(0x00, 0x10, 0x20, 0x3f, 0x40, 0x7f, 0x82, 0xbe, 0xff, 0x0f, 0x41);
    const noise = fc.array(fc.oneof(opcode, fc.integer({ min: 0, max: 255 })), { maxLength: 200 });
    fc.assert(
      fc.property(fc.array(noise, { maxLength: 10 }), (blocks) => {
        const decoder = createDecoder(2000);
        try {
          for (const block of blocks) {
            const section = read(decoder, Uint8Array.from(block));
            expect(section.isTooLarge).toBe(section.bytes > 2000);
            expect(section.fields.join("").length).toBeLessThanOrEqual(2000);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(Http2Error);
        }
      }),
      { numRuns },
    );
  });

  it.each([
    ["a field that is not in the table", "be"],
    ["field 0", "80"],
    ["a number that is too large", "ffffffffffff7f"],
    ["a number without an end", "ff"],
    ["a text without an end", "400a6162"],
    ["a text that is not there", "4001"],
    ["a name of the table that is not there", "7f0161"],
    ["a table that is larger than allowed", "3fe21f"],
    ["a table that changes after a field", "8220"],
    ["Huffman's code with the mark of its end", "008430fffffffc0000"],
    ["Huffman's code that is padded with a whole byte", "00821fff00"],
    ["Huffman's code that is padded with zeros", "00811800"],
  ])("refuses %s", (_, block) => {
    expect(() => read(createDecoder(4096), bytes(block))).toThrow(Http2Error);
  });

  it("keeps nothing of a section that is too large, but knows its table afterwards", () => {
    const decoder = createDecoder(10_000);
    const value = Buffer.alloc(3966, "b");
    const insert = Buffer.concat([bytes("400161"), integer(value.length), value]);
    expect(read(decoder, insert).fields).toEqual(["a", value.toString()]);
    const bomb = read(decoder, Buffer.alloc(50_000, 0xbe));
    expect(bomb).toMatchObject({ isTooLarge: true, fields: [], bytes: 50_000 * (1 + 3966 + 32) });
    expect(read(decoder, bytes("be")).fields).toEqual(["a", value.toString()]);
  });
});

/** The length of a text. */
function integer(length: number): Buffer {
  const rest = length - 127;
  return rest < 128 ? Buffer.from([127, rest]) : Buffer.from([127, (rest & 127) | 128, rest >> 7]);
}
