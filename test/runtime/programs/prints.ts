/** A program that embeds the runtime and leaves its log to it: runs a module on each transport, and ends when they are ready: `prints.ts <module>`. */
import { createRuntime } from "../../../src/index.ts";

const module = new URL(process.argv[2] ?? "", import.meta.url);
const runtime = await createRuntime({
  plugins: {
    // In-process, the console and the standard streams are the host's own.
    inProcess: { module, transport: "in-process", config: { onlyLog: true } },
    worker: { module, transport: "worker" },
    process: { module, transport: "process" },
  },
});
await runtime.close();
