/** Hides what should not be on a screen: values that look like credentials, and keys inside URLs. */

/** Shown instead of a secret. */
export const mask = "********";

const secretName =
  /key|token|secret|password|passwd|passphrase|credential|auth|mnemonic|private|cookie|dsn|database_url/i;

/** Shows a setting, or {@link mask} if its name says that it is a secret. */
export function showValue(name: string, value: string): string {
  return secretName.test(name) ? mask : maskUrls(value);
}

/** Hides user, password, query and key-like path parts of every URL in a string. */
export function maskUrls(text: string): string {
  return text.replace(/\b[a-z][a-z0-9+.-]*:\/\/[^\s"'<>]+/gi, (found) => {
    const url = URL.parse(found);
    if (url === null) return mask;
    const credentials = url.username === "" && url.password === "" ? "" : `${mask}@`;
    const path = url.pathname
      .split("/")
      .map((part) => (looksLikeKey(part) ? mask : part))
      .join("/");
    const query = url.search === "" ? "" : `?${mask}`;
    // A lone "/" may only be there because URLs are normalised.
    const shownPath = path === "/" && !found.endsWith("/") ? "" : path;
    return `${url.protocol}//${credentials}${url.host}${shownPath}${query}`;
  });
}

/** RPC providers put keys into the path: they are long, and have digits between letters. */
function looksLikeKey(part: string): boolean {
  return part.length >= 20 && /\d/.test(part) && /[A-Za-z]/.test(part) && /^[A-Za-z0-9_-]+$/.test(part);
}
