import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { expect, it, onTestFinished } from "vitest";
import { ConnInfoSchema } from "../../../proto/gen/goplugin/goplugin_pb.ts";
import { Conformance } from "../../../proto/gen/loopp/v1/conformance_pb.ts";
import { conformanceRoutes } from "../../../src/testing/conformance/conformance.plugin.ts";
import { answerBytes } from "../../../transports/calls/answer.ts";
import { createClient } from "../../../transports/calls/client.ts";
import { createProcessBroker } from "../../../transports/process/broker.ts";
import { defaultGrpcTerms, loadGrpc } from "../../../transports/process/grpc.ts";
import { borrowSocketDirectory } from "../../../transports/process/socket-directory.ts";
import { serveOnSocket } from "../../../transports/process/sockets.ts";
import { defaultMaxMessageBytes } from "../../../transports/transport.ts";

const grpc = await loadGrpc({ ...defaultGrpcTerms, maxMessageBytes: defaultMaxMessageBytes });

it("a broker says what keeps it from serving, for as long as something does", async () => {
  const folder = mkdtempSync(join(tmpdir(), "broker-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const over = new AbortController();
  const broker = createProcessBroker(borrowSocketDirectory(folder), over.signal, grpc, 500);
  expect(await Promise.all([broker.fault(), broker.fault()])).toEqual([undefined, undefined]);
  rmSync(folder, { recursive: true });
  expect(await broker.fault()).toMatch(/^cannot serve brokered connections: ./);
  mkdirSync(folder);
  expect(await broker.fault()).toBeUndefined();
  expect(readdirSync(folder)).toEqual([]);
});

it("a broker waits for the server of the present host where one of an earlier host had its number", async () => {
  const folder = mkdtempSync(join(tmpdir(), "broker-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const over = new AbortController();
  const broker = createProcessBroker(borrowSocketDirectory(folder), over.signal, grpc, 500);
  const carrier = answerBytes(conformanceRoutes({}), defaultMaxMessageBytes);
  const serve = async (name: string) => {
    const address = join(folder, name);
    const server = await serveOnSocket(address, carrier, grpc);
    return {
      server,
      announce: () => broker.onConnInfo(create(ConnInfoSchema, { serviceId: 1, network: "unix", address })),
    };
  };
  const earlier = await serve("earlier.sock");
  earlier.announce();
  await earlier.server.close();
  const present = await serve("present.sock");
  // The call that names it comes over another stream than its announcement, and may come first.
  const dialling = broker.dial(1);
  present.announce();
  const { transport } = await dialling;
  expect((await createClient(Conformance, transport).unary({})).received).toBe(1);
  over.abort();
  await present.server.close();
});

it("a broker takes no address that is longer than any is, and an id that is announced again and again once", async () => {
  const folder = mkdtempSync(join(tmpdir(), "broker-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const over = new AbortController();
  const broker = createProcessBroker(borrowSocketDirectory(folder), over.signal, grpc, 500);
  const carrier = answerBytes(conformanceRoutes({}), defaultMaxMessageBytes);
  const address = join(folder, "there.sock");
  const server = await serveOnSocket(address, carrier, grpc);
  const announce = (serviceId: number, at: string) =>
    broker.onConnInfo(create(ConnInfoSchema, { serviceId, network: "unix", address: at }));
  announce(1, address);
  for (let time = 0; time < 30_000; time++) announce(2, join(folder, "elsewhere.sock"));
  announce(3, "/".repeat(2000));
  const { transport } = await broker.dial(1);
  expect((await createClient(Conformance, transport).unary({})).received).toBe(1);
  await expect(broker.dial(3, { timeoutMs: 10 })).rejects.toThrow("timeout waiting for connection info");
  over.abort();
  await server.close();
});
