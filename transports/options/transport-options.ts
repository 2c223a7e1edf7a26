/** What a transport checks of a plugin: the options that are written for it, and the code that the plugin is. */
import type { PluginSource, PluginTransport, TransportOptions } from "../transport.ts";
import { pathOf, validate } from "./check.ts";
import { below, refusal, type Schema, schema } from "./schema.ts";
import type { StandardResult, StandardSchemaV1 } from "./standard-schema.ts";

/**
 * For a transport's `options`.
 * @param options checks what is written under the transport's kind; `undefined` is nothing
 * @param toSpec makes of it what `launch` is given, once for each plugin
 */
export function transportOptions<Options, Spec>(
  options: StandardSchemaV1<unknown, Options>,
  toSpec: (options: Options, module: PluginSource) => StandardResult<Spec>,
): Schema<Spec, TransportOptions> {
  return schema((value) => {
    const written = value as TransportOptions;
    const result = validate(options, written.options);
    if (result.issues !== undefined) return { issues: below("options", result.issues) };
    return toSpec(result.value, written.module);
  });
}

/**
 * The same for a transport that runs modules and nothing else. What `launch` is given are the options, with the module's URL as `module`.
 * @param what names such a plugin where it has no module, such as "a worker plugin"
 */
export function moduleOptions<Options extends object>(
  what: string,
  options: StandardSchemaV1<unknown, Options>,
): Schema<Options & { readonly module: URL }, TransportOptions> {
  return transportOptions(options, (checked, module) =>
    module instanceof URL
      ? { value: { ...checked, module } }
      : refusal(`${what} needs the URL of a \`module\``, "module"),
  );
}

/** A transport's options as a part of a plugin's, where mistakes have the paths `module` and `options.<kind>` with what is below it. */
export function optionsOn<Spec>({ kind, options }: PluginTransport<Spec>): Schema<Spec, TransportOptions> {
  return schema((value) => {
    const result = validate(options, value);
    if (result.issues === undefined) return result;
    return {
      issues: result.issues.map((issue) => {
        const path = pathOf(issue);
        if (path[0] === "module") return issue;
        return { ...issue, path: ["options", kind, ...(path[0] === "options" ? path.slice(1) : path)] };
      }),
    };
  });
}
