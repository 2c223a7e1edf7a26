/** A program that embeds the runtime and leaves its log to it: `prints.ts <module> <transport>`. Ends when the plugin is ready. */
import { createRuntime } from "../../../src/index.ts";

const [module = "", transport = ""] = process.argv.slice(2);
const runtime = await createRuntime({ plugins: { plugin: { module: new URL(module, import.meta.url), transport } } });
await runtime.close();
