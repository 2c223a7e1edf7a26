/** What a user says of a plugin that runs in-process. */
import { object, oneOf, refusal } from "../options/schema.ts";
import { transportOptions } from "../options/transport-options.ts";
import type { PluginModule } from "../plugin.ts";
import type { MessagePassing } from "./carry.ts";

export interface InProcessOptions {
  /**
   * "copy" gives each side its own copy of every message, as on every other transport; "share" hands over the object itself.
   * @default "copy"
   */
  readonly messages?: MessagePassing;
}

export interface InProcessSpec {
  readonly module: URL | PluginModule;
  readonly messages: MessagePassing;
}

export const inProcessOptions = transportOptions(
  object({ messages: oneOf("copy", "share") }),
  ({ messages = "copy" }, module) =>
    module === undefined
      ? refusal("an in-process plugin needs a `module`", "module")
      : { value: { module, messages } satisfies InProcessSpec },
);
