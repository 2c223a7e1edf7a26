/** The process transport: go-plugin's host side. Launches any plugin of its gRPC protocol, in any language. */
import type { PluginTransport } from "../transport.ts";
import { attach } from "./attach.ts";
import { type ProcessSpec, processOptions } from "./options.ts";
import { startProgram } from "./start.ts";

export function createProcessTransport(): PluginTransport<ProcessSpec> {
  return {
    kind: "process",
    capabilities: {
      boundary: "process",
      preemptible: true,
      memoryLimit: true,
      crossLanguage: true,
      capturesConsole: true,
    },
    options: processOptions,
    async launch(spec, launch) {
      const program = await startProgram(spec, launch);
      return attach(program.handshake, launch, program);
    },
  };
}
