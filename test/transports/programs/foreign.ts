/**
 * A plugin of another make: go-plugin's protocol told by hand, on connect-node's own server. Its first argument says in what
 * way it is not as it should be; "plain" is as it should be.
 */
import { spawn } from "node:child_process";
import { closeSync, writeSync } from "node:fs";
import * as http2 from "node:http2";
import type { Socket } from "node:net";
import { join } from "node:path";
import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { GRPCBroker, GRPCController, GRPCStdio, StdioData_Channel } from "../../../proto/gen/goplugin/goplugin_pb.ts";
import { Health, HealthCheckResponse_ServingStatus } from "../../../proto/gen/grpc/health/v1/health_pb.ts";
import { conformanceRoutes } from "../../../src/testing/conformance/conformance.plugin.ts";

const mode = process.argv[2] ?? "plain";
const marker = process.argv[3] ?? "1000";
const path = join(process.env.PLUGIN_UNIX_SOCKET_DIR ?? "/tmp", "foreign.sock");
const never = new Promise<never>(() => {});
const sockets = new Set<Socket>();

function routes(router: ConnectRouter): void {
  if (mode !== "no-health") {
    router.service(Health, {
      check({ service }) {
        if (service !== "plugin") throw new ConnectError("unknown service", Code.NotFound);
        return { status: HealthCheckResponse_ServingStatus.SERVING };
      },
    });
  }
  router.service(GRPCBroker, {
    async *startStream(incoming) {
      if (mode === "bad-conn-info") {
        yield { serviceId: 1, network: "unix", address: "/nowhere/at.all" };
        yield { serviceId: 2, network: "unix", address: "" };
        yield { serviceId: 3, network: "tcp", address: "nonsense" };
        yield { serviceId: 4, network: "tcp", address: "127.0.0.1:99999999" };
        yield { serviceId: 5, network: "tcp", address: "127.0.0.1:1" };
        yield { serviceId: 6, network: "pigeon", address: "home" };
        yield { serviceId: 7, network: "unix", address: path, knock: { knock: true } };
        yield { serviceId: 8, network: "unix", address: path };
      }
      for await (const _ of incoming);
    },
  });
  router.service(GRPCController, {
    async shutdown() {
      if (mode === "hangs-in-shutdown") await never;
      if (mode !== "ignores-shutdown") setTimeout(() => process.exit(0), 10);
      return {};
    },
  });
  router.service(GRPCStdio, {
    async *streamStdio() {
      yield { channel: StdioData_Channel.STDOUT, data: Buffer.from("printed to std") };
      yield { channel: StdioData_Channel.STDERR, data: Buffer.from("without an end") };
      yield { channel: StdioData_Channel.STDOUT, data: Buffer.from("out\n") };
      yield { channel: 9 as StdioData_Channel, data: Buffer.from("nowhere\n") };
      await never;
    },
  });
  if (mode === "garbage-in-call") {
    // The connection breaks under every call that is not one of go-plugin's own.
    conformanceRoutes({
      onCall() {
        for (const socket of sockets) socket.write(Buffer.alloc(1000, 0xff));
      },
    })(router);
  } else {
    conformanceRoutes({})(router);
  }
}

// By default Node refuses all calls of a connection once callers have given up some thousands of them: it counts, for ever, what was
// still to be sent then.
const limits = { streamResetBurst: 1e9, streamResetRate: 1e9, maxSessionMemory: 1e9 };
const server = http2.createServer(limits, connectNodeAdapter({ routes, connect: false, grpcWeb: false }));
server.on("connection", (socket: Socket) => {
  sockets.add(socket);
  socket.on("error", () => {});
});
server.on("session", (session) => session.on("error", () => {}));
process.on("unhandledRejection", () => {});
process.on("SIGINT", () => {});

const megabyte = Buffer.alloc(1024 * 1024, "x");
switch (mode) {
  case "junk-first":
    writeSync(1, "> starting\n\n  12:30 loading | please wait | soon\n");
    writeSync(1, Buffer.of(0xff, 0xfe, 0, 1, 10));
    break;
  case "long-lines":
    for (const fd of [1, 2]) {
      for (let count = 0; count < 10; count++) writeFully(fd, megabyte);
      writeFully(fd, Buffer.from("\n"));
    }
    break;
  case "garbage-on-stderr":
    for (let count = 0; count < 100; count++) {
      writeFully(2, Buffer.from(Array.from({ length: 2000 }, (_, index) => (index * count * 7 + index) % 256)));
    }
    break;
  case "grandchild":
    spawn("sleep", [marker], { stdio: ["ignore", "inherit", "inherit"] });
    break;
  case "grandchild-of-its-own":
    // In a session of its own, with both outputs in its hand.
    spawn("sleep", [marker], { stdio: ["ignore", "inherit", "inherit"], detached: true });
    break;
  case "exits-first":
    writeSync(2, "no database\n");
    process.exit(0);
    break;
  case "crashes-first":
    writeSync(2, `panic: no database\n\ngoroutine 1 [running]:\n`);
    process.exit(2);
}

server.listen(path, () => {
  const core = mode === "wrong-core" ? 2 : 1;
  const protocol = mode === "netrpc" ? "netrpc" : "grpc";
  const certificate = mode === "certificate" ? "M".repeat(700) : "";
  writeSync(1, `${core}|1|unix|${path}|${protocol}|${certificate}\n`);
  if (mode === "closes-stdout") closeSync(1);
  if (mode === "floods") setInterval(flood, 10);
});

let line = 0;
/** Ten thousand lines a second. */
function flood(): void {
  let text = "";
  for (let count = 0; count < 100; count++) {
    text += `${JSON.stringify({ "@level": "info", "@message": `line ${++line}`, "@timestamp": "2026-01-01T00:00:00.000000Z" })}\n`;
  }
  process.stderr.write(text);
}

/** A pipe takes as much as it has room for. */
function writeFully(fd: number, data: Uint8Array): void {
  for (let begin = 0; begin < data.length; ) {
    try {
      begin += writeSync(fd, data, begin);
    } catch (error) {
      if ((error as { code?: string }).code !== "EAGAIN") throw error;
    }
  }
}
