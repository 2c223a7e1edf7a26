/** Paths into a value, for messages. */

/**
 * `plugins.median.transport`, `EVM[0].Nodes[1].Name`, `plugins."median.btc-usd".env`
 * @param root put before the path, unchanged
 */
export function formatPath(path: readonly PropertyKey[], root = ""): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    const name = /^[A-Za-z0-9_-]+$/.test(String(key)) ? String(key) : JSON.stringify(String(key));
    return text === "" ? name : `${text}.${name}`;
  }, root);
}
