/** What a host of ours starts for a plugin module: `<runtime> entry.ts <guest program> <plugin module>`. */
import { keepCompiled } from "../loading/compile-cache.ts";

keepCompiled();
const [guestProgramUrl = "", pluginUrl = ""] = process.argv.slice(2);
await (await import("./serve-module.ts")).serveModule(pluginUrl, guestProgramUrl);
