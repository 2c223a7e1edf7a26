/** What a host of ours starts for a plugin module: `<runtime> entry.ts <guest program> <plugin module>`. */
import { errorText } from "../../src/values/error-text.ts";
import { type GuestProgramModule, loadPlugin } from "../guest.ts";
import { servePlugin } from "./guest.ts";
import { prepareProcess } from "./prepare.ts";

const [guestProgramUrl = "", pluginUrl = ""] = process.argv.slice(2);
prepareProcess();
try {
  const plugin = await loadPlugin(pluginUrl);
  const { guestProgram }: GuestProgramModule = await import(guestProgramUrl);
  await servePlugin(plugin, guestProgram);
} catch (error) {
  console.error(errorText(error));
  process.exit(1);
}
