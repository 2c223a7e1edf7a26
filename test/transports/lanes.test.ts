import { expect, it, onTestFinished } from "vitest";
import { Conformance } from "../../proto/gen/loopp/v1/conformance_pb.ts";
import { conformanceRoutes } from "../../src/testing/conformance/conformance.plugin.ts";
import { answerBytes } from "../../transports/calls/answer.ts";
import { createClient } from "../../transports/calls/client.ts";
import type { Carrier } from "../../transports/connection.ts";
import { createInProcessTransport } from "../../transports/in-process/index.ts";
import { check } from "../../transports/options/check.ts";
import { defaultMaxMessageBytes, type PluginTransport } from "../../transports/transport.ts";
import { createWorkerTransport } from "../../transports/worker/index.ts";
import { createLaunch, pluginUrl } from "./support.ts";

const transports: readonly PluginTransport[] = [createInProcessTransport(), createWorkerTransport()];

it.each(transports)("a proxy of bytes forwards a unary call as one message each way: $kind", async (transport) => {
  const spec = check(transport.options, { module: pluginUrl("conformance") }, "subject");
  const instance = await transport.launch(spec, createLaunch());
  onTestFinished(async () => void (await instance.stop({ graceMs: 2000 })));
  const lanes: string[] = [];
  const proxied = answerBytes(conformanceRoutes({}), defaultMaxMessageBytes);
  const proxy: Carrier<Uint8Array> = {
    unary(call) {
      lanes.push(`unary ${call.path}`);
      return proxied.unary(call);
    },
    stream(call) {
      lanes.push(`stream ${call.path}`);
      return proxied.stream(call);
    },
  };
  await using server = await instance.broker.serve(proxy);
  // The plugin calls what the host proxies.
  const { response } = await createClient(Conformance, instance.transport).callBack({ id: server.id, request: {} });
  expect(response?.received).toBe(1);
  expect(lanes).toEqual(["unary /loopp.v1.Conformance/Unary"]);
  // The host calls the plugin by a path alone.
  const replied = instance.bytes.stream({
    path: "/loopp.v1.Conformance/Unary",
    metadata: [],
    input: (async function* () {
      yield new Uint8Array();
    })(),
  });
  let messages = 0;
  for await (const _ of replied.output) messages++;
  expect(messages).toBe(1);
});
