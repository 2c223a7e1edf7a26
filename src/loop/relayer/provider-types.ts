/** The products that relayers make providers for: the median, and the products of generic plugins. Jobs have their names as `pluginType`. */
export const providerTypes = ["median", "plugin"] as const;

export type ProviderType = (typeof providerTypes)[number];

export function isProviderType(text: string): text is ProviderType {
  return (providerTypes as readonly string[]).includes(text);
}
