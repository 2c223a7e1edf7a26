/** Hides what should not be on a screen: secrets by their names, by what stands before them, and by their look. */

/** Shown instead of a secret. */
export const mask = "********";

/** Wherever they stand in a name. */
const secretParts =
  /key|token|secret|passw|passphrase|credential|auth|bearer|mnemonic|private|cookie|dsn|database_?url/i;

/** Where they are a word of a name: PIN is one, "ping" has none. */
const secretWords = /^(?:\w*pass|pwd|pins?|seeds?|creds?|jwt|pem|otp|session|signature)$/;

/** What a secret is called, such as ocrKeyBundleID. */
const onlyAnId = /(?:[a-z]I[Dd]|_[Ii][Dd])$/;

/** Whether a setting, a variable or an option of this name holds a secret. */
export function isSecretName(name: string): boolean {
  if (onlyAnId.test(name)) return false;
  const words = name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();
  return secretParts.test(name) || words.split(/[^a-z0-9]+/).some((word) => secretWords.test(word));
}

/** Shows a setting, or {@link mask} if its name says that it is a secret. */
export function showValue(name: string, value: string): string {
  return isSecretName(name) ? mask : hideSecrets(value);
}

/** Arguments of a command: nothing that follows a secret's name is shown, be it in the same argument or the next one. */
export function hideInArguments(args: readonly string[]): string[] {
  return args.map((arg, index) => {
    const before = args[index - 1] ?? "";
    return /^[\w.-]+$/.test(before) && isSecretName(before) ? mask : hideSecrets(arg);
  });
}

/** A setting's text without URLs' keys, without what follows a secret's name, and without what looks like a key. */
export function hideSecrets(text: string): string {
  if (mnemonic.test(text)) return mask;
  return hideKeys(hideNamed(maskUrls(text.replace(pem, mask))));
}

/** A block of PEM, and what has none of its ends. */
const pem = /-----BEGIN [^-]*-----[^-]*(?:-----END [^-]*-----)?/g;

/** Twelve words or more, as wallets make them. */
const mnemonic = /^\s*(?:[a-z]{3,8}\s+){11,23}[a-z]{3,8}\s*$/;

/** `name=`, `name: `, `"name": ` and `--name `. The `:` of a URL is none. */
const named = /([\w.-]+)["']?\s*(?:=|:(?!\/\/))\s*(?=\S)|(?<=^|[\s"'])(--?[\w.-]+|bearer)\s+(?=\S)/gi;

function hideNamed(text: string): string {
  for (const found of text.matchAll(named)) {
    const [before, assigned, option] = found;
    if (isSecretName(assigned ?? option ?? "")) return `${text.slice(0, found.index + before.length)}${mask}`;
  }
  return text;
}

/** Private keys in hex, JSON web tokens, and long words of capitals, small letters and digits. A checksum and an address are none. */
function hideKeys(text: string): string {
  return text.replace(/(?:sha256:)?[\w.+-]{32,}=*/g, (word) => {
    if (word.startsWith("sha256:") || /^0x[0-9a-f]{40}$/i.test(word)) return word;
    const isMixed = /[A-Z]/.test(word) && /[a-z]/.test(word) && /\d/.test(word);
    return isMixed || /^(?:0x)?[0-9a-f]{60,}$/i.test(word) ? mask : word;
  });
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
