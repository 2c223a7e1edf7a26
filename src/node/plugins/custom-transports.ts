/** Loads the transports that a config names: modules whose default export is a transport. */
import { isPluginTransport, type PluginTransport } from "../../../transports/transport.ts";
import { defaultOrigin, type Mistake, throwMistakes } from "../../settings/mistakes.ts";
import { errorText } from "../../values/error-text.ts";
import { formatPath } from "../../values/path.ts";
import type { NodeConfig } from "../config/types.ts";

/** @throws ConfigError with every module that cannot be loaded or has no such transport */
export async function loadCustomTransports(config: NodeConfig): Promise<PluginTransport[]> {
  const mistakes: Mistake[] = [];
  const loaded: PluginTransport[] = [];
  for (const [kind, module] of Object.entries(config.transports)) {
    const key = formatPath(["transports", kind]);
    const mistake = (message: string) =>
      mistakes.push({ origin: config.origins.get(key) ?? defaultOrigin, key, message });
    try {
      const { default: transport }: { default?: unknown } = await import(module);
      if (!isPluginTransport(transport)) mistake("The module's default export is not a transport");
      else if (transport.kind !== kind)
        mistake(`The module's transport is of the kind "${transport.kind}": use that name here`);
      else loaded.push(transport);
    } catch (error) {
      mistake(`Cannot load the module: ${errorText(error)}`);
    }
  }
  throwMistakes(mistakes);
  return loaded;
}
