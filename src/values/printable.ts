/**
 * Text from outside as it may be printed. A newline in it would begin a forged line, an escape sequence would move the
 * cursor, and a control of the writing direction would show words in another order than they have.
 */

/** C0, DEL and C1; what ends lines and paragraphs; controls of the writing direction; halves of characters. */
const unprintable = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Cs}]/gu;

const short: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** The text on one line, with `\n`, `\r`, `\t`, `\x1b` or `\u202e` for what must not be printed. Everything else stays as it is. */
export function printable(text: string): string {
  return text.replace(unprintable, (found) => {
    const code = found.charCodeAt(0);
    return short[found] ?? (code < 0x100 ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`);
  });
}

/** The same for what `JSON.stringify` has written, which stays JSON of the same value. */
export function printableJson(json: string): string {
  return json.replace(unprintable, (found) => `\\u${hex(found.charCodeAt(0), 4)}`);
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}
