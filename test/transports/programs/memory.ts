/**
 * A host, alone in its process, whose plugins outgrow their limit one after the other: `memory.ts <transport> <runtime> <shape>...`. It says
 * why each has ended, and that it is still there.
 */
import { createClient } from "@connectrpc/connect";
import { Conformance } from "../../../proto/gen/loopp/v1/conformance_pb.ts";
import { runtimeName } from "../../../src/values/platform.ts";
import { check } from "../../../transports/options/check.ts";
import { createProcessTransport } from "../../../transports/process/index.ts";
import type { PluginTransport } from "../../../transports/transport.ts";
import { createWorkerTransport } from "../../../transports/worker/index.ts";
import { createLaunch, pluginUrl } from "../support.ts";

const [kind, runtime = runtimeName, ...shapes] = process.argv.slice(2);

async function outgrow<Spec>(transport: PluginTransport<Spec>, more: Record<string, unknown>, shape: string) {
  const options = { memoryLimitMb: 64, ...more };
  const spec = check(transport.options, { module: pluginUrl("grows"), options }, "subject");
  const instance = await transport.launch(spec, createLaunch({ config: shape }));
  // It may be gone before its answer is.
  await createClient(Conformance, instance.transport)
    .unary({})
    .catch(() => {});
  const { reason } = await instance.exited;
  console.log(`${shape}: ${reason}`);
}

for (const shape of shapes) {
  if (kind === "worker") await outgrow(createWorkerTransport(), {}, shape);
  else await outgrow(createProcessTransport(), { runtime }, shape);
}
console.log("the host is there");
