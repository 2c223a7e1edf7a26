/** RFC 7541, Appendix A: the fields that every HTTP/2 endpoint knows by number, from 1. */

const table: readonly (readonly [name: string, value?: string])[] = [
  [":authority"],
  [":method", "GET"],
  [":method", "POST"],
  [":path", "/"],
  [":path", "/index.html"],
  [":scheme", "http"],
  [":scheme", "https"],
  [":status", "200"],
  [":status", "204"],
  [":status", "206"],
  [":status", "304"],
  [":status", "400"],
  [":status", "404"],
  [":status", "500"],
  ["accept-charset"],
  ["accept-encoding", "gzip, deflate"],
  ["accept-language"],
  ["accept-ranges"],
  ["accept"],
  ["access-control-allow-origin"],
  ["age"],
  ["allow"],
  ["authorization"],
  ["cache-control"],
  ["content-disposition"],
  ["content-encoding"],
  ["content-language"],
  ["content-length"],
  ["content-location"],
  ["content-range"],
  ["content-type"],
  ["cookie"],
  ["date"],
  ["etag"],
  ["expect"],
  ["expires"],
  ["from"],
  ["host"],
  ["if-match"],
  ["if-modified-since"],
  ["if-none-match"],
  ["if-range"],
  ["if-unmodified-since"],
  ["last-modified"],
  ["link"],
  ["location"],
  ["max-forwards"],
  ["proxy-authenticate"],
  ["proxy-authorization"],
  ["range"],
  ["referer"],
  ["refresh"],
  ["retry-after"],
  ["server"],
  ["set-cookie"],
  ["strict-transport-security"],
  ["transfer-encoding"],
  ["user-agent"],
  ["vary"],
  ["via"],
  ["www-authenticate"],
];

/** By number; 0 is none. */
export const staticNames: readonly string[] = ["", ...table.map(([name]) => name)];
export const staticValues: readonly string[] = ["", ...table.map(([, value = ""]) => value)];
export const staticCount: number = table.length;

/** The key of a field in maps of whole fields: no name or value has a NUL. */
export function fieldKey(name: string, value: string): string {
  return `${name}\0${value}`;
}

/** The number of a whole field, and the lowest with a name. */
export const staticFieldNumbers: ReadonlyMap<string, number> = new Map(
  table.map(([name, value = ""], index) => [fieldKey(name, value), index + 1]),
);
export const staticNameNumbers: ReadonlyMap<string, number> = new Map(
  table.map(([name], index) => [name, index + 1] as const).reverse(),
);
