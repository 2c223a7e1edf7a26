/** Which of several media types a client prefers, by HTTP's Accept header. */
import { parseAccept } from "hono/utils/accept";

/**
 * The type that the header gives the most weight; of equal ones that which it names more exactly, then that which it names first. Parameters
 * such as a version are not looked at. A weight of 0 means never.
 * @param accept the header's text; empty where there is none, which accepts everything
 * @param types in small letters, without parameters. The first one is for clients that accept any of them, or none
 */
export function preferredType<const T extends string>(accept: string, types: readonly [T, ...T[]]): T {
  const ranges = parseAccept(accept).map(({ type, q }, index) => ({ range: type.toLowerCase(), q, index }));
  const weighed = types.map((type) => {
    // Of all that the header says, the most exact counts for a type, so that "text/*, text/html;q=0" excludes one.
    const said = ranges.filter(({ range }) => exactness(range, type) > 0);
    const best = said.toSorted((a, b) => exactness(b.range, type) - exactness(a.range, type) || b.q - a.q)[0];
    return { type, q: best?.q ?? 0, exact: best ? exactness(best.range, type) : 0, index: best?.index ?? 0 };
  });
  const wanted = weighed
    .filter(({ q }) => q > 0)
    .toSorted((a, b) => b.q - a.q || b.exact - a.exact || a.index - b.index);
  return wanted[0]?.type ?? types[0];
}

/** 0 where a range such as "text/*" does not have the type in it. */
function exactness(range: string, type: string): number {
  if (range === type) return 3;
  if (range === `${type.split("/", 1)[0]}/*`) return 2;
  return range === "*/*" || range === "*" ? 1 : 0;
}
