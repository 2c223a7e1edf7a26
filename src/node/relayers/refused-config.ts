/**
 * The error of a relayer plugin that refuses its chain's config. Chainlink's plugins repeat the whole config in it, with the keys in
 * its URLs, and do not explain that a table has the wrong shape.
 */
import { Code, ConnectError } from "@connectrpc/connect";
import { asConnectError } from "../../../transports/calls/connect-error.ts";

/**
 * The same error without the config, and with advice where the shape seems to be wrong.
 * @param config the TOML that the plugin was given
 * @param plugin the plugin's name, such as `starknet.SN_MAIN`
 */
export function withoutConfig(thrown: unknown, config: string, plugin: string): unknown {
  const { code, rawMessage } = asConnectError(thrown);
  if (code !== Code.Unknown) return thrown;
  const text = withoutBeginning(rawMessage.replaceAll(config, "").replaceAll(config.trim(), ""), config).replace(
    /[:\s]+$/,
    "",
  );
  const isShape = /strict mode|missing in the target struct|undecoded keys/.test(text);
  const advice = `; if it reads its chain in the other shape, set configShape of [plugins.${JSON.stringify(plugin)}]`;
  return new ConnectError(`${text}${isShape ? advice : ""}`, code, undefined, undefined, thrown);
}

/** What a text says before a config that is there in part: one that is too long for an error is cut. */
function withoutBeginning(text: string, config: string): string {
  const begin = config.trim().slice(0, 40);
  const at = begin === "" ? -1 : text.indexOf(begin);
  return at < 0 ? text : text.slice(0, at);
}
