/** Maps of short texts in CBOR (RFC 8949), all of that format that the conformance plugin's contract reader needs. */

const textMajor = 0x60;
const mapMajor = 0xa0;
/** From this length on, the length stands in bytes of its own. */
const longest = 23;

export function encodeTexts(map: Readonly<Record<string, string>>): Uint8Array {
  const entries = Object.entries(map);
  return Uint8Array.from([head(mapMajor, entries.length), ...entries.flat().flatMap(encodeText)]);
}

/** @throws SyntaxError for anything else */
export function decodeTexts(bytes: Uint8Array): Record<string, string> {
  let place = 0;
  const length = (major: number) => {
    const byte = bytes[place++];
    if (byte === undefined || (byte & 0xe0) !== major || (byte & 0x1f) > longest) {
      throw new SyntaxError(`Cannot read CBOR: byte ${place - 1} (${byte}) does not begin what is expected there`);
    }
    return byte & 0x1f;
  };
  const text = () => {
    const size = length(textMajor);
    const encoded = bytes.subarray(place, place + size);
    place += size;
    return new TextDecoder().decode(encoded);
  };
  return Object.fromEntries(Array.from({ length: length(mapMajor) }, () => [text(), text()]));
}

function encodeText(text: string): number[] {
  const bytes = new TextEncoder().encode(text);
  return [head(textMajor, bytes.length), ...bytes];
}

function head(major: number, length: number): number {
  if (length > longest) throw new RangeError(`Cannot write CBOR: ${length} is more than ${longest}`);
  return major | length;
}
