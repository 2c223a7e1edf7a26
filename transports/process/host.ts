/** The process transport: go-plugin's host side. Launches any plugin of its gRPC protocol, in any language. */
import { checkDescriptors } from "../descriptors.ts";
import type { PluginTransport } from "../transport.ts";
import { type ProcessSpec, processOptions } from "./options.ts";

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
      checkDescriptors();
      // gRPC is for those who launch: a plugin's module may import the runtime, too.
      const [{ startProgram }, { attach }] = await Promise.all([import("./start.ts"), import("./attach.ts")]);
      const program = await startProgram(spec, launch);
      return attach(program.handshake, { ...launch, ...spec.grpc }, program);
    },
  };
}
