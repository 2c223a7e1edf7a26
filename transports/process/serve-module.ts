/** Serves a plugin module in a process that a host of ours has started. */
import { errorText } from "../../src/values/error-text.ts";
import { type GuestProgramModule, loadPlugin } from "../guest.ts";
import { servePlugin } from "./guest.ts";
import { prepareProcess } from "./prepare.ts";

export async function serveModule(pluginUrl: string, guestProgramUrl: string): Promise<never> {
  prepareProcess();
  try {
    const plugin = await loadPlugin(pluginUrl);
    const { guestProgram }: GuestProgramModule = await import(guestProgramUrl);
    return await servePlugin(plugin, guestProgram);
  } catch (error) {
    console.error(errorText(error));
    process.exit(1);
  }
}
