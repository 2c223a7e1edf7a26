/** The program of a built file: a plugin's process, with the plugin in the same file. */
import { isPluginModule } from "../../transports/guest.ts";
import { servePlugin } from "../../transports/process/guest.ts";
import { prepareProcess } from "../../transports/process/prepare.ts";
import { errorText } from "../values/error-text.ts";
import { printable } from "../values/printable.ts";

/** @param load imports the plugin's module; called when the process is ready for the plugin's code */
export async function serveBuilt(load: () => Promise<{ readonly default?: unknown }>): Promise<never> {
  prepareProcess();
  try {
    const [{ default: plugin }, { guestProgram }] = await Promise.all([load(), import("../guest/program.ts")]);
    if (!isPluginModule(plugin)) throw new TypeError("its default export is not made by definePlugin()");
    return await servePlugin(plugin, guestProgram);
  } catch (error) {
    console.error(printable(errorText(error)));
    process.exit(1);
  }
}
