/** How deeply text from outside is nested, before anything is made of it. */

/** Tables, lists and objects in each other: more than any config, job or answer has a use for. */
export const maxDepth = 100;

/** Whether the lists and objects of JSON stand more than `most` deep in each other. Looks at the text alone, once, and takes any text. */
export function isDeeperThan(json: string, most: number): boolean {
  let depth = 0;
  for (let at = 0; at < json.length; at++) {
    switch (json.charCodeAt(at)) {
      case 0x22: {
        const end = endOfString(json, at);
        if (end === -1) return false;
        at = end - 1;
        break;
      }
      case 0x5b:
      case 0x7b:
        if (++depth > most) return true;
        break;
      case 0x5d:
      case 0x7d:
        depth--;
    }
  }
  return false;
}

/** The place behind the string that begins at `at`; -1 where it does not end. */
export function endOfString(json: string, at: number): number {
  for (let end = at + 1; end < json.length; end++) {
    const code = json.charCodeAt(end);
    if (code === 0x5c) end++;
    else if (code === 0x22) return end + 1;
  }
  return -1;
}
